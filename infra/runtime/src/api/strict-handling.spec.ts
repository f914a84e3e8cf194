import type { Refusal } from '@flowplane/plumbing/http';
import { describe, expect, it } from 'vitest';
import type { Answer } from './call.js';
import { handlesStrictly } from './prefer.js';
import { handledAsPreferred } from './strict-handling.js';

type Handled = { readonly answer: Answer | undefined; readonly code: string | undefined; readonly applied: unknown };

async function handled(
  given: { readonly body?: string; readonly prefer?: string; readonly method?: string; readonly type?: string },
  headers?: Record<string, string>,
): Promise<Handled & { readonly message: string | undefined }> {
  const { body = '', prefer, method = 'POST', type = 'application/json' } = given;
  const set = new Map<string, unknown>();
  const reply = { header: (name: string, value: unknown) => set.set(name, value) } as never;
  const call = {
    ...{ method, body: Buffer.from(body), mediaType: type },
    headers: prefer === undefined ? {} : { prefer },
  };
  const done = { status: 201, body: {}, ...(headers === undefined ? {} : { headers }) };
  try {
    const answer = await handledAsPreferred('retryExecution', call, reply, () => Promise.resolve(done));
    return { answer, code: undefined, message: undefined, applied: answer?.headers?.['preference-applied'] };
  } catch (cause) {
    const { problem } = cause as Refusal;
    return { answer: undefined, code: problem.code, message: problem.message, applied: set.get('preference-applied') };
  }
}

describe('a call with Prefer: handling=strict', () => {
  it('is refused with the members that are not known', async () => {
    const refused = await handled({ prefer: 'handling=strict', body: '{"fromNode":"a","from":{"nodeId":"b","x":1}}' });
    expect(refused).toMatchObject({ code: 'UNKNOWN_MEMBER', applied: 'handling=strict' });
    expect(refused.message).toContain('"/fromNode", "/from/x"');
  });

  it('is handled where all are known, and the answer says that it was applied', async () => {
    const body = '{"from":"failed"}';
    expect((await handled({ prefer: 'handling=strict', body })).applied).toBe('handling=strict');
    expect(
      (await handled({ prefer: 'handling=strict, wait=3', body }, { 'preference-applied': 'wait=3' })).applied,
    ).toBe('handling=strict, wait=3');
  });

  it('is refused as ever where the body is no good, and takes no definition in YAML for members', async () => {
    expect((await handled({ prefer: 'handling=strict', body: '{"from":9007199254740993}' })).code).toBe('INVALID_JSON');
    expect((await handled({ prefer: 'handling=strict', body: '{"name":"f"}', type: 'application/yaml' })).code).toBe(
      undefined,
    );
  });

  it('passes nothing on otherwise: not without it, not on reads', async () => {
    for (const given of [{}, { prefer: 'wait=3' }, { prefer: 'handling=lenient' }]) {
      expect(await handled({ ...given, body: '{"fromNode":"a"}' })).toMatchObject({
        code: undefined,
        applied: undefined,
      });
    }
    expect(await handled({ method: 'GET', prefer: 'handling=strict' })).toMatchObject({ applied: undefined });
  });
});

it.each([
  ['handling=strict', true],
  ['wait=5, Handling = "Strict"', true],
  ['respond-async;handling=strict', true],
  ['handling=lenient, handling=strict', false],
  ['handling=stricter', false],
  ['nohandling=strict', false],
  ['', false],
])('Prefer: %s is strict: %s', (prefer, strict) => {
  expect(handlesStrictly({ headers: { prefer } })).toBe(strict);
});
