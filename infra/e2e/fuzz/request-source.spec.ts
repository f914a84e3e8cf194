import { operations } from '@flowplane/contracts';
import { expect, test } from 'vitest';
import { broken, RawJson, writeJson } from './hostile-json.js';
import { requestSource, shownRequest } from './request-source.js';
import type { FuzzRequest } from './requests.js';

const some = (seed: number, count: number): readonly FuzzRequest[] => {
  const source = requestSource(seed);
  return Array.from({ length: count }, () => source.next().value);
};

const comparable = ({ operation, body, ...rest }: FuzzRequest): string =>
  JSON.stringify({
    ...rest,
    name: operation.name,
    body: body?.toString('latin1').slice(0, 10_000),
    bytes: body?.length,
  });

test('the same seed gives the same requests, another one others', () => {
  const first = some(7, 60).map(comparable);
  expect(some(7, 60).map(comparable)).toEqual(first);
  expect(some(8, 60).map(comparable)).not.toEqual(first);
});

test('every route is asked, most bodies are small, and some are larger than a body may be', () => {
  const requests = some(1, 3_000);
  const asked = new Set(requests.map(({ operation }) => operation.name));
  expect(operations().filter(({ name }) => !asked.has(name))).toEqual([]);
  const bodies = requests.flatMap(({ body }) => (body === undefined ? [] : [body.length]));
  expect(bodies.filter((bytes) => bytes < 10_000).length).toBeGreaterThan(bodies.length / 2);
  expect(bodies.some((bytes) => bytes > 1_000_000)).toBe(true);
});

test('no teardown and no quotas are for a tenant that others are asked about', () => {
  const aimed = some(2, 3_000).filter(
    ({ operation: { name } }) => name === 'teardownTenant' || name === 'setTenantQuotas',
  );
  expect(aimed.length).toBeGreaterThan(0);
  for (const { query, ids } of aimed) {
    if (query !== 'dryRun=true') expect(ids['tenantId']).toEqual({ kind: 'text', text: 'fuzz-spent' });
  }
});

test('a break replaces one place of a value, whichever is drawn', () => {
  const value = { a: [1, { b: 2 }], c: 'x' };
  const instead = new RawJson('1e400');
  const texts = Array.from({ length: 6 }, (_, at) => writeJson(broken(value, { at, instead })));
  expect(texts).toEqual([
    '1e400',
    '{"a":1e400,"c":"x"}',
    '{"a":[1e400,{"b":2}],"c":"x"}',
    '{"a":[1,1e400],"c":"x"}',
    '{"a":[1,{"b":1e400}],"c":"x"}',
    '{"a":[1,{"b":2}],"c":1e400}',
  ]);
});

test('a request is shown without the whole of what is large', () => {
  const body = Buffer.alloc(1_000_000, 'x');
  const shown = shownRequest({
    url: 'http://h',
    target: '/x',
    method: 'POST',
    headers: { a: 'b'.repeat(5_000) },
    body,
  });
  expect(shown).toContain('POST /x');
  expect(shown).toContain('1000000 bytes');
  expect(shown.length).toBeLessThan(2_000);
});
