import { describe, expect, test } from 'vitest';
import { paramsFault } from './task-params.js';
import { hasTaskType, taskTypes } from './catalogue.js';

test('the catalogue has eight entries in the contract order', () => {
  expect(taskTypes().map(({ id, label, category }) => [id, label, category])).toEqual([
    ['db.query', 'Database Query', 'data'],
    ['storage.put', 'Storage Put', 'storage'],
    ['storage.get', 'Storage Get', 'storage'],
    ['functions.invoke', 'Invoke Function', 'compute'],
    ['events.publish', 'Publish Event', 'messaging'],
    ['http.request', 'HTTP Request', 'integration'],
    ['email.send', 'Send Email', 'messaging'],
    ['llm.complete', 'LLM Complete', 'ai'],
  ]);
  expect(hasTaskType('http.request')).toBe(true);
  expect(hasTaskType('constructor')).toBe(false);
});

test('exactly these properties are marked as expression fields', () => {
  const marked = taskTypes().flatMap(({ id, inputSchema }) =>
    [...JSON.stringify(inputSchema).matchAll(/"(\w+)":\{[^{}]*"x-expression":true/g)].map(
      (match) => `${id} ${match[1]}`,
    ),
  );
  expect(marked.sort()).toEqual([
    'email.send body',
    'email.send subject',
    'http.request body',
    'http.request url',
    'llm.complete content',
    'llm.complete prompt',
    'llm.complete system',
    'storage.get objectKey',
    'storage.put body',
    'storage.put objectKey',
  ]);
});

describe('paramsFault', () => {
  test.each<[string, unknown]>([
    ['http.request', { url: 'https://example.com', workspaceId: 'w' }],
    [
      'http.request',
      { url: 'x', method: 'HEAD', headers: { a: 'b', n: 1 }, body: [1], timeoutMs: 1, maxResponseBytes: 1 },
    ],
    ['db.query', { engine: 'oracle', operation: 'drop', page: { size: 1000 }, more: true }],
    ['events.publish', { topic: 'a.b-c_d', messages: [] }],
    ['events.publish', { topic: 'a', messages: [{ key: 'k', value: null }] }],
    ['llm.complete', { model: 'm', prompt: 'p', temperature: 2 }],
    ['email.send', { to: ['a@example.com'], subject: '' }],
    ['no.such.type', 5],
  ])('%s accepts %j', (type, params) => {
    expect(paramsFault(type, params)).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ['http.request', {}, '/url'],
    ['http.request', [], ''],
    ['http.request', { url: 5 }, '/url'],
    ['http.request', { url: 'x', method: 'get' }, '/method'],
    ['http.request', { url: 'x', headers: { a: [] } }, '/headers/a'],
    ['http.request', { url: 'x', timeoutMs: 30_001 }, '/timeoutMs'],
    ['http.request', { url: 'x', maxResponseBytes: 0 }, '/maxResponseBytes'],
    ['http.request', { url: 'x', body: 5 }, '/body'],
    ['db.query', { engine: 5, operation: 'list' }, '/engine'],
    ['db.query', { engine: 'postgres' }, '/operation'],
    ['events.publish', { topic: '-a', messages: [] }, '/topic'],
    ['events.publish', { topic: 'a', messages: [{ key: 'k' }] }, '/messages/0/value'],
    ['llm.complete', { model: 'm' }, ''],
    ['email.send', { to: [], subject: 's' }, '/to'],
    ['storage.put', { bucketId: 'b', objectKey: '', body: '' }, '/objectKey'],
  ])('%s refuses %j at %j', (type, params, pointer) => {
    const fault = paramsFault(type, params);
    expect(fault?.pointer).toBe(pointer);
    expect(fault?.message).toContain(pointer);
  });

  test('no value of the input appears in a message', () => {
    const secret = 'hunter2';
    const fault = paramsFault('http.request', { url: 'x', method: secret, headers: { authorization: secret } });
    expect(fault?.message).not.toContain(secret);
  });
});
