import { taskTypes, type JsonObject } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { makeDispatch, type ArrivedEnvelope } from './dispatch.js';
import { makeTaskHandlers } from './task-handlers.js';
import { signedTenant, taskErrorOf, TOKEN_SETTINGS } from '../../test/tasks/attempts.js';
import { unconfiguredBackends } from '../../test/tasks/backends.js';

const MAX_BYTES = 3000;
const tenant = signedTenant('t1', 'w1');

/** Per type: an input that fits, inputs that do not with the pointer of the fault, and what the fit one comes to here. */
type Entry = {
  readonly type: string;
  readonly fits: JsonObject;
  readonly faults: readonly (readonly [pointer: string, params: JsonObject])[];
  readonly code: string;
};
const ENTRIES: readonly Entry[] = [
  {
    type: 'db.query',
    fits: { engine: 'postgres', operation: 'list', tableName: 't' },
    faults: [
      ['/engine', { operation: 'list' }],
      ['/operation', { engine: 'postgres' }],
      ['/engine', { engine: 1, operation: 'list' }],
      ['/filter', { engine: 'postgres', operation: 'list', filter: [] }],
      ['/page/size', { engine: 'postgres', operation: 'list', page: { size: 1001 } }],
      ['/page/size', { engine: 'postgres', operation: 'list', page: { size: 0 } }],
      ['/sort/0/direction', { engine: 'postgres', operation: 'list', sort: [{ field: 'a', direction: 'up' }] }],
      ['/projection/0', { engine: 'postgres', operation: 'list', projection: [1] }],
    ],
    code: 'CAPABILITY_UNAVAILABLE',
  },
  {
    type: 'storage.put',
    fits: { bucketId: 'b', objectKey: 'k', body: 'AA==' },
    faults: [
      ['/bucketId', { objectKey: 'k', body: '' }],
      ['/objectKey', { bucketId: 'b', body: '' }],
      ['/body', { bucketId: 'b', objectKey: 'k' }],
      ['/objectKey', { bucketId: 'b', objectKey: 'k'.repeat(1025), body: '' }],
    ],
    code: 'CAPABILITY_UNAVAILABLE',
  },
  {
    type: 'storage.get',
    fits: { bucketId: 'b', objectKey: 'k' },
    faults: [
      ['/bucketId', { objectKey: 'k' }],
      ['/objectKey', { bucketId: 'b', objectKey: '' }],
    ],
    code: 'CAPABILITY_UNAVAILABLE',
  },
  {
    type: 'functions.invoke',
    fits: { actionId: 'a', params: {} },
    faults: [
      ['/actionId', {}],
      ['/params', { actionId: 'a', params: 'x' }],
    ],
    code: 'CAPABILITY_UNAVAILABLE',
  },
  {
    type: 'events.publish',
    fits: { topic: 'a', messages: [] },
    faults: [
      ['/topic', { messages: [] }],
      ['/messages', { topic: 'a' }],
      ['/topic', { topic: '.a', messages: [] }],
      ['/topic', { topic: 'a b', messages: [] }],
      ['/topic', { topic: 'a'.repeat(161), messages: [] }],
      ['/messages/0/value', { topic: 'a', messages: [{ key: 'k' }] }],
      ['/messages/0/key', { topic: 'a', messages: [{ key: {}, value: 1 }] }],
    ],
    code: 'EMPTY_PUBLISH',
  },
  {
    type: 'http.request',
    fits: { url: 'http://127.0.0.1/' },
    faults: [
      ['/url', {}],
      ['/method', { url: 'x', method: 'TRACE' }],
      ['/timeoutMs', { url: 'x', timeoutMs: 0 }],
      ['/timeoutMs', { url: 'x', timeoutMs: 30_001 }],
      ['/maxResponseBytes', { url: 'x', maxResponseBytes: 10_485_761 }],
    ],
    code: 'SSRF_BLOCKED',
  },
  {
    type: 'email.send',
    fits: { to: ['a@example.com'], subject: 's' },
    faults: [
      ['/to', { subject: 's' }],
      ['/subject', { to: ['a@example.com'] }],
      ['/to/0', { to: [''], subject: 's' }],
      ['/connection', { to: ['a@example.com'], subject: 's', connection: 'Mail' }],
      ['/to', { to: Array.from({ length: 51 }, () => 'a@example.com'), subject: 's' }],
    ],
    code: 'CAPABILITY_UNAVAILABLE',
  },
  {
    type: 'llm.complete',
    fits: { model: 'm', prompt: 'p' },
    faults: [
      ['/model', { prompt: 'p' }],
      ['/prompt', { model: 'm' }],
      ['/maxTokens', { model: 'm', prompt: 'p', maxTokens: 0 }],
      ['/temperature', { model: 'm', prompt: 'p', temperature: 2.1 }],
      ['/messages/0/content', { model: 'm', messages: [{ role: 'user' }] }],
    ],
    code: 'LLM_PROVIDER_MISSING',
  },
];

const published: unknown[] = [];
const handlers = makeTaskHandlers(
  unconfiguredBackends({ publish: (...call) => Promise.resolve(void published.push(call)) }),
);
const dispatch = makeDispatch({ token: TOKEN_SETTINGS, maxIoBytes: MAX_BYTES, handlers, echo: undefined });
const once = { signal: new AbortController().signal, startToCloseMs: 1000 };
const failure = (taskType: string, params: JsonObject, over: Partial<ArrivedEnvelope> = {}) =>
  taskErrorOf(dispatch({ nodeId: 'n', taskType, params, tenant, ...over }, once));

it('every type of the catalogue is here', () => {
  expect(ENTRIES.map(({ type }) => type)).toEqual(taskTypes().map(({ id }) => id));
});

describe.each(ENTRIES)('$type', ({ type, fits, faults, code }) => {
  const large = { ...fits, filler: 'x'.repeat(MAX_BYTES) };

  it(`comes to ${code} here, once`, async () => {
    expect(await failure(type, fits)).toMatchObject({ code, retryable: false });
    expect(await failure(type, { ...fits, workspaceId: 'w1' })).toMatchObject({ code });
    expect(published).toEqual([]);
  });

  it.each(faults)('names the pointer %s', async (pointer, params) => {
    const error = await failure(type, params);
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
    expect(error.message).toContain(pointer);
  });

  it('is checked in order: size, tenant, input, workspace', async () => {
    const [, wrong = {}] = faults[0] ?? [];
    const codes = [
      await failure(type, large, { tenant: undefined }),
      await failure(type, { ...wrong, workspaceId: 'w2' }, { tenant: undefined }),
      await failure(type, { ...wrong, workspaceId: 'w2' }, { tenant: { ...tenant, tenantId: 'x' } }),
      await failure(type, { ...wrong, workspaceId: 'w2' }),
      await failure(type, { ...fits, workspaceId: 'w2' }),
      await failure(type, { ...fits, workspaceId: null }),
    ].map((error) => error.code);
    expect(codes).toEqual([
      'PAYLOAD_TOO_LARGE',
      'UNAUTHENTICATED',
      'EXECUTION_TOKEN_INVALID',
      'VALIDATION_ERROR',
      'FORBIDDEN',
      'FORBIDDEN',
    ]);
  });

  it('may return as much as fits, and no byte more', async () => {
    const roomFor = (body: string) =>
      makeDispatch({
        token: TOKEN_SETTINGS,
        maxIoBytes: MAX_BYTES,
        handlers: new Map([[type, () => Promise.resolve({ body })]]),
        echo: undefined,
      })({ nodeId: 'n', taskType: type, params: fits, tenant }, once);
    const frame = Buffer.byteLength(JSON.stringify({ status: 'success', body: '' }));
    expect(await roomFor('x'.repeat(MAX_BYTES - frame))).toMatchObject({ status: 'success' });
    expect(await taskErrorOf(roomFor('x'.repeat(MAX_BYTES - frame + 1)))).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      retryable: false,
    });
  });
});
