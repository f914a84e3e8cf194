import type { Connection, JsonObject } from '@flowplane/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attemptOf, openCountingListener, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { connectionsOf, outboundRules } from '../../../test/tasks/backends.js';
import { json, openTestServer, type Answer, type TestServer } from '../../../test/tasks/test-server.js';
import { makeLlmComplete, type LlmCompleteOptions } from './llm-complete.js';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
const USAGE = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
const says = (content: unknown, more: object = { usage: USAGE }): Answer =>
  json(200, { model: 'small-2026', choices: [{ message: { role: 'assistant', content } }], ...more });
beforeEach(() => {
  server.reset();
  server.answers(says('praise'));
});

const attempt = attemptOf(signedTenant('t', 'w'));
const own = (url: string): Connection<'llm'> => ({
  ...{ name: 'own', kind: 'llm', version: '1', endpoint: { url }, secret: { apiKey: 'key-of-the-tenant' } },
});
const options = (over: Partial<LlmCompleteOptions> = {}): LlmCompleteOptions => ({
  ...{ ...outboundRules([]), url: `${server.url}/v1`, apiKey: 'key-of-the-operator', models: undefined },
  ...{ allowedModels: () => Promise.resolve(undefined), timeoutMs: 20_000, connections: connectionsOf() },
  ...over,
});
const call = (params: JsonObject = {}, over?: Partial<LlmCompleteOptions>): Promise<JsonObject> =>
  makeLlmComplete(options(over))({ model: 'small', prompt: 'hello', ...params }, attempt);
const asked = (): unknown => JSON.parse(server.seen.at(-1)?.body ?? 'null');

describe('llm.complete', () => {
  it('asks in the chat-completions protocol', async () => {
    const messages = [{ role: 'assistant', content: 'before', more: 1 }];
    const output = await call({ system: 'be brief', messages, maxTokens: 5, temperature: 0 });
    expect(output).toEqual({
      ...{ content: 'praise', model: 'small-2026' },
      usage: { promptTokens: 9, completionTokens: 3, totalTokens: 12 },
    });
    expect(server.seen[0]).toMatchObject({
      ...{ method: 'POST', url: '/v1/chat/completions' },
      headers: { authorization: 'Bearer key-of-the-operator', 'content-type': 'application/json' },
    });
    expect(asked()).toEqual({
      model: 'small',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'assistant', content: 'before' },
        { role: 'user', content: 'hello' },
      ],
      ...{ max_tokens: 5, temperature: 0 },
    });
    expect(JSON.stringify(server.seen)).not.toContain(attempt.token);
  });

  it('takes a whole path as URL as well, and no key', async () => {
    await call({}, { url: `${server.url}/v1/chat/completions/`, apiKey: undefined });
    expect(server.seen[0]?.url).toBe('/v1/chat/completions');
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it.each<[string, object, JsonObject]>([
    ['no usage', {}, { promptTokens: null, completionTokens: null, totalTokens: null }],
    ['null', { usage: null }, { promptTokens: null, completionTokens: null, totalTokens: null }],
    [
      'no total',
      { usage: { prompt_tokens: 2, completion_tokens: 3 } },
      { promptTokens: 2, completionTokens: 3, totalTokens: 5 },
    ],
    [
      'odd counts',
      { usage: { prompt_tokens: -1, completion_tokens: 'x', total_tokens: 7 } },
      { promptTokens: null, completionTokens: null, totalTokens: 7 },
    ],
  ])('has usage in the output where the provider says %s', async (_what, more, usage) => {
    server.answers(says('x', more));
    expect(await call()).toMatchObject({ usage });
  });

  it('says nothing where the model only asks for tools, and keeps the name it was asked by', async () => {
    server.answers(says(null, { model: null }));
    expect(await call()).toMatchObject({ content: '', model: 'small' });
  });

  it.each<[string, Answer, string, boolean]>([
    ['429', json(429, { error: 'server-text' }, { 'retry-after': '3' }), 'UPSTREAM_UNAVAILABLE', true],
    ['502', json(502, {}, { 'retry-after': '3' }), 'UPSTREAM_UNAVAILABLE', true],
    ['503', json(503, {}, { 'retry-after': '3' }), 'UPSTREAM_UNAVAILABLE', true],
    ['504', json(504, {}, { 'retry-after': '3' }), 'UPSTREAM_UNAVAILABLE', true],
    ['400', json(400, { error: 'server-text' }), 'CLIENT_ERROR', false],
    ['401', json(401, { error: 'key-of-the-operator' }), 'CLIENT_ERROR', false],
    ['500', json(500, { error: 'server-text' }), 'UPSTREAM_ERROR', false],
    ['302', json(302, {}, { location: 'http://127.0.0.1:1/' }), 'UPSTREAM_ERROR', false],
    ['a page', (response) => void response.end('<html>server-text</html>'), 'UPSTREAM_ERROR', false],
    ['nothing', json(200, undefined), 'UPSTREAM_ERROR', false],
    ['no choices', json(200, { choices: [] }), 'UPSTREAM_ERROR', false],
    ['an odd content', says({ parts: [] }), 'UPSTREAM_ERROR', false],
    ['too much', (response) => void response.end('x'.repeat(4_194_305)), 'RESPONSE_TOO_LARGE', false],
  ])('answered with %s fails as specified', async (_what, answer, code, retryable) => {
    server.answers(answer);
    const error = await taskErrorOf(call());
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).not.toMatch(/server-text|key-of/);
    expect(error.retryAfterMs).toBe(retryable ? 3000 : undefined);
  });

  it('fails in time where the provider is silent or away', async () => {
    server.answers(undefined);
    const unavailable = { code: 'UPSTREAM_UNAVAILABLE', retryable: true };
    expect(await taskErrorOf(call({}, { timeoutMs: 100 }))).toMatchObject(unavailable);
    expect(await taskErrorOf(call({}, { url: 'http://127.0.0.1:1' }))).toMatchObject(unavailable);
    await expect.poll(() => server.closed(), { timeout: 20_000 }).toBe(server.connections());
  });

  it('needs something to go on with', async () => {
    const makeCall = makeLlmComplete(options());
    expect((await taskErrorOf(makeCall({ model: 'm', messages: [], system: 's' }, attempt))).code).toBe(
      'VALIDATION_ERROR',
    );
    expect(server.connections()).toBe(0);
  });

  it('without a provider says so', async () => {
    expect(await taskErrorOf(call({}, { url: undefined }))).toMatchObject({
      code: 'LLM_PROVIDER_MISSING',
      retryable: false,
    });
  });
});

describe('models', () => {
  it.each<[string, readonly string[] | undefined, readonly string[] | undefined, boolean]>([
    ['no list', undefined, undefined, true],
    ['the process’s list', ['small', 'large'], undefined, true],
    ['the workspace’s list', undefined, ['small'], true],
    ['both lists', ['small'], ['large', 'small'], true],
    ['another list of the process', ['large'], undefined, false],
    ['another list of the workspace', ['small'], ['large'], false],
    ['an empty list', undefined, [], false],
    ['another case', ['Small'], undefined, false],
  ])('with %s', async (_what, models, ofWorkspace, allowed) => {
    const over = { models, allowedModels: () => Promise.resolve(ofWorkspace) };
    const connections = connectionsOf(own(server.url));
    const all = [
      call({}, over),
      call({ connection: 'own' }, { ...over, connections, ...outboundRules([server.hostPort]) }),
    ];
    for (const one of all) {
      if (allowed) await one;
      else expect(await taskErrorOf(one)).toMatchObject({ code: 'MODEL_NOT_ALLOWED', retryable: false });
    }
    expect(server.connections()).toBe(allowed ? 2 : 0);
  });
});

describe('a connection of a provider', () => {
  it('is called with its own key', async () => {
    const connections = connectionsOf(own(`${server.url}/mine`));
    await call({ connection: 'own' }, { url: undefined, connections, ...outboundRules([server.hostPort]) });
    expect(server.seen[0]?.url).toBe('/mine/chat/completions');
    expect(server.seen[0]?.headers.authorization).toBe('Bearer key-of-the-tenant');
  });

  it('that leads inward is blocked', async () => {
    const listener = await openCountingListener('::');
    const connections = connectionsOf(own(`http://127.0.0.1:${listener.port}`));
    expect((await taskErrorOf(call({ connection: 'own' }, { connections }))).code).toBe('SSRF_BLOCKED');
    expect(listener.connections()).toBe(0);
    listener.close();
  });

  it('shows no key that the provider repeats', async () => {
    server.answers((response, { headers }) => says(`you sent ${headers.authorization}`)(response, {} as never));
    expect(await call()).toMatchObject({ content: 'you sent Bearer ***' });
  });
});
