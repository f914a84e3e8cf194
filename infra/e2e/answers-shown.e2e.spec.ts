import { randomUUID } from 'node:crypto';
import { longOr, startServices, type IsolatedServices } from '@flowplane/stack';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { identityHeaders, PATIENT } from './driver/api-client.js';
import { oddObject } from './driver/odd-json.js';

// The answer to a command is, byte for byte, what a read right behind it shows: whatever the answer was made of.

const RUNS = longOr(60, 1000);
const CALLER = { tenantId: 'shown', workspaceId: 'shown-main', actorId: 'Zoë \u{1F44D}' };

let services: IsolatedServices;
beforeAll(async () => {
  services = await startServices({
    env: { FLOWS_QUOTAS: 'off' },
    only: ['command-service', 'projection-service'],
  });
});
afterAll(() => services?.close());

type Shown = { readonly status: number; readonly etag: string | null; readonly text: string };
type Sent = { readonly body: string; readonly type?: string; readonly key?: string };

async function ask(base: string, method: string, path: string, sent?: Sent): Promise<Shown> {
  const actor = Buffer.from(CALLER.actorId).toString('latin1'); // headers are UTF-8
  const headers = {
    ...identityHeaders({ ...CALLER, actorId: actor }),
    ...PATIENT,
    ...(sent === undefined ? {} : { 'content-type': sent.type ?? 'application/json' }),
    ...(sent?.key === undefined ? {} : { 'idempotency-key': sent.key }),
  };
  const url = `${base}/v1/flows/workspaces/${CALLER.workspaceId}${path}`;
  const response = await fetch(url, { method, headers, ...(sent === undefined ? {} : { body: sent.body }) });
  return { status: response.status, etag: response.headers.get('etag'), text: await response.text() };
}

const write = (method: string, path: string, sent: Sent, by = services): Promise<Shown> =>
  ask(by.urls['command-service'], method, path, sent);
const read = (path: string): Promise<Shown> => ask(services.urls['projection-service'], 'GET', path);
const flowIdIn = ({ text }: Shown): string => (JSON.parse(text) as { readonly flowId: string }).flowId;

/** Members of a definition, as JSON text. */
const definitionWith = (free: string): string =>
  `"apiVersion":"v1.0","name":"odd","canvasMetadata":${free},"nodes":[{"id":"a","type":"wait","duration":"PT1S"}]`;
const asYaml = (free: string): string =>
  `apiVersion: v1.0\nname: odd # kept\ncanvasMetadata: ${free}\nnodes: [{ id: a, type: wait, duration: PT1S }]\n`;

/** The same again under its key is answered as it was. */
async function expectShown(method: string, path: string, sent: Sent, status: number, by = services): Promise<string> {
  const written = await write(method, path, sent, by);
  expect([written.status, written.text]).toEqual([status, expect.any(String)]);
  const flowId = flowIdIn(written);
  const shown = await read(`/flows/${flowId}`);
  expect({ text: written.text, etag: written.etag }).toEqual({ text: shown.text, etag: shown.etag });
  expect(await write(method, path, sent, by)).toEqual(written);
  return flowId;
}

it('the answer of a create or a patch is what the GET that follows shows, and what its repetition answers', async () => {
  const drawn = fc.record({
    name: fc.constantFrom('plain', 'Zo\u00eb', '\u{1F44D} \u2028', '"', '\\'),
    free: oddObject,
  });
  await fc.assert(
    fc.asyncProperty(drawn, drawn, async (first, second) => {
      const bodyOf = ({ name, free }: typeof first): Sent => ({
        body: `{"name": ${JSON.stringify(name)}, "definition": {${definitionWith(free)}}}`,
        key: randomUUID(),
      });
      const flowId = await expectShown('POST', '/flows', bodyOf(first), 201);
      await expectShown('PATCH', `/flows/${flowId}`, bodyOf(second), 200);
      await expectShown('PATCH', `/flows/${flowId}`, { body: '{"name":"renamed"}', key: randomUUID() }, 200);
    }),
    { numRuns: RUNS },
  );
});

it('so is that of a definition in YAML, whose text is kept beside it', async () => {
  const simple = oddObject.filter((text) => /^[\x20-\x7e\u00a1-\ud7ff]*$/.test(text) && !/\\u|__proto__/.test(text));
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(simple, async (free) => {
      const written = await write('POST', '/flows', { body: asYaml(free), type: 'application/yaml' });
      if (written.status === 422) return; // what is JSON and no YAML
      taken++;
      expect([written.status, written.text]).toEqual([201, (await read(`/flows/${flowIdIn(written)}`)).text]);
    }),
    { numRuns: longOr(30, 500) },
  );
  expect(taken).toBeGreaterThan(10);
});

it.each([
  ['without a definition', '{"name":"none"}'],
  ['with an empty one', '{"name":"empty","definition":{}}'],
  [
    'deeply nested',
    `{"name":"deep","definition":{${definitionWith(`{"x":${'{"9":'.repeat(200)}0${'}'.repeat(200)}}`)}}}`,
  ],
  ['of some size', `{"name":"large","definition":{${definitionWith(`{"x":${JSON.stringify('é'.repeat(500_000))}}`)}}}`],
])('and of a flow %s', async (_what, body) => {
  const flowId = await expectShown('POST', '/flows', { body, key: randomUUID() }, 201);
  await expectShown('PATCH', `/flows/${flowId}`, { body: '{"name":"renamed"}', key: randomUUID() }, 200);
});

it('a flow that is made again under its id is answered as the new one', async () => {
  const create = (name: string): Promise<string> =>
    expectShown('POST', '/flows', { body: `{"flowId":"again","name":"${name}"}`, key: randomUUID() }, 201);
  const rename = (name: string): Promise<string> =>
    expectShown('PATCH', '/flows/again', { body: `{"name":"${name}"}`, key: randomUUID() }, 200);
  for (const round of ['one', 'two', 'three']) {
    await create(`${round} made`);
    await rename(`${round} renamed`);
    expect((await write('DELETE', '/flows/again', { body: '{}' })).status).toBe(200);
  }
});

it('so it is where two instances write a flow by turns, and one of them begins anew in between', async () => {
  const other = await startServices({ env: services.env, only: ['command-service'] });
  const byTurns = async (round: string): Promise<void> => {
    for (let turn = 0; turn < 6; turn++) {
      const body =
        turn % 3 === 0 ? `{"definition":{${definitionWith(`{"${turn}":1}`)}}}` : `{"name":"${round} ${turn}"}`;
      const by = turn % 2 === 0 ? services : other;
      await expectShown('PATCH', '/flows/turns', { body, key: randomUUID() }, 200, by);
    }
  };
  const create = (by: IsolatedServices): Promise<string> =>
    expectShown('POST', '/flows', { body: '{"flowId":"turns","name":"made"}', key: randomUUID() }, 201, by);
  try {
    await create(other);
    await byTurns('first');
    expect((await write('POST', '/flows/turns/versions', { body: '{}' }, other)).status).toBe(201);
    await byTurns('published');
    await other.stop('command-service');
    await other.start('command-service');
    await byTurns('anew');
    expect((await write('DELETE', '/flows/turns', { body: '{}' }, other)).status).toBe(200);
    await create(services);
    await byTurns('again');
  } finally {
    await other.stop('command-service');
    await other.close();
  }
});
