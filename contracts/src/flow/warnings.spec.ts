import { describe, expect, test } from 'vitest';
import type { FlowDefinition } from './document.js';
import type { JsonObject } from './json.js';
import type { KnownBackends } from './tasks/availability.js';
import { backendUses, definitionWarnings, MAX_WARNINGS, unreachable } from './warnings.js';

function warningsOf(taskType: string, input?: JsonObject) {
  const node = { id: 't', type: 'task' as const, taskType, ...(input === undefined ? {} : { input }) };
  return definitionWarnings({ apiVersion: 'v1.0', name: 'f', nodes: [{ id: 's', type: 'sequence', steps: [] }, node] });
}
const listedFor = (taskType: string, input?: JsonObject) =>
  warningsOf(taskType, input).map(({ code, message }) => `${code} ${message}`);

describe('inputs of tasks that cannot fit', () => {
  test('say what is missing, wrong and unknown, and what was probably meant', () => {
    expect(warningsOf('http.request', { uri: 'https://example.com', method: 'FETCH' })).toEqual([
      {
        ...{ code: 'FLW-W001', nodeId: 't', path: '/nodes/1/input' },
        message: '/nodes/1/input must have required property ("url")',
        hint: 'Did you mean "url" by "uri"?',
      },
      {
        ...{ code: 'FLW-W001', nodeId: 't', path: '/nodes/1/input/method' },
        message: '/nodes/1/input/method must be one of "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"',
      },
      {
        ...{ code: 'FLW-W002', nodeId: 't', path: '/nodes/1/input/uri' },
        message: '/nodes/1/input/uri is unknown to http.request',
        hint: 'Did you mean "url"?',
      },
    ]);
    expect(warningsOf('http.request', { url: 'x', method: 'get' })[0]?.hint).toBe('Did you mean "GET"?');
  });

  test.each<[string, JsonObject | undefined, string[]]>([
    ['http.request', undefined, ['FLW-W001 /nodes/1/input must have required property ("url")']],
    ['http.request', { url: 7 }, ['FLW-W001 /nodes/1/input/url must be string']],
    ['http.request', { url: 'x', timeoutMs: 40_000 }, ['FLW-W001 /nodes/1/input/timeoutMs must be <= 30000']],
    ['http.request', { url: 'x', body: 7 }, ['FLW-W001 /nodes/1/input/body must be string or object or array']],
    ['email.send', { to: [''], subject: 's' }, ['FLW-W001 /nodes/1/input/to/0 must not be shorter than 1 characters']],
    [
      'llm.complete',
      { model: 'm' },
      ['FLW-W001 /nodes/1/input must have required property ("messages") or ("prompt")'],
    ],
    [
      'db.query',
      { engine: 'oracle', operation: 'get' },
      ['FLW-W001 /nodes/1/input/engine must be one of "postgres", "mongo"'],
    ],
    [
      'events.publish',
      { topic: 'a b', messages: [] },
      ['FLW-W001 /nodes/1/input/topic must match ^[a-zA-Z0-9][a-zA-Z0-9._-]{0,159}$'],
    ],
  ])('%s %j', (taskType, input, expected) => {
    expect(listedFor(taskType, input)).toEqual(expected);
  });

  test.each<[string, JsonObject]>([
    ['http.request', { url: '${{ inputs.url }}', method: '${{ inputs.method }}', timeoutMs: '${{ inputs.t }}' }],
    ['http.request', { url: 'https://x/${{ inputs.id }}', headers: '${{ inputs.headers }}', workspaceId: 'w' }],
    ['events.publish', { topic: 'orders.${{ inputs.kind }}', messages: '${{ inputs.messages }}' }],
    ['email.send', { to: ['${{ inputs.to }}'], subject: '$${{ s }}' }],
    ['db.query', { engine: 'postgres', operation: 'list', tableName: 't', cursor: 'c' }],
    ['unknown.type', { anything: 1 }],
  ])('leave out what only an expression decides: %s %j', (taskType, input) => {
    expect(listedFor(taskType, input)).toEqual([]);
  });

  test('know that a text around an expression stays a text', () => {
    expect(
      listedFor('http.request', { url: 'x', timeoutMs: '${{ inputs.t }}000', method: 'P${{ inputs.m }}' }),
    ).toEqual(['FLW-W001 /nodes/1/input/timeoutMs must be integer']);
  });
});

test('at most a hundred are listed, and an input of very many values is left to the run', () => {
  const node = (id: string) => ({ id, type: 'task' as const, taskType: 'http.request', input: { a: 1, b: 2 } });
  const nodes = Array.from({ length: 1000 }, (_, index) => node(`t${index}`));
  const definition: FlowDefinition = { apiVersion: 'v1.0', name: 'f', nodes };
  expect(definitionWarnings(definition)).toHaveLength(MAX_WARNINGS);
  expect(warningsOf('email.send', { to: Array.from({ length: 20_000 }, () => 7) })).toEqual([]);
});

describe('servers and connections that tasks need', () => {
  const task = (taskType: string, input: JsonObject, id = 't') => ({ id, type: 'task' as const, taskType, input });
  const flowOf = (...nodes: ReturnType<typeof task>[]): FlowDefinition => ({ apiVersion: 'v1.0', name: 'f', nodes });
  const backends: KnownBackends = {
    defaults: new Set(['postgres']),
    connections: new Map([
      ['mail', 'smtp'],
      ['crm', 'http'],
    ]),
  };
  const said = (taskType: string, input: JsonObject, known: KnownBackends = backends): string[] =>
    unreachable(backendUses(flowOf(task(taskType, input))), known).map(({ code, message }) => `${code} ${message}`);
  const MAIL: JsonObject = { to: ['a@example.com'], subject: 's' };
  const ROWS: JsonObject = { engine: 'postgres', operation: 'list', tableName: 't' };

  test.each<[string, JsonObject]>([
    ['http.request', { url: 'https://example.com' }],
    ['http.request', { url: 'x', connection: 'crm' }],
    ['http.request', { url: 'x', connection: 'default' }],
    ['db.query', ROWS],
    ['db.query', { ...ROWS, engine: '${{ inputs.engine }}' }],
    ['db.query', { ...ROWS, engine: 'of another kind' }],
    ['email.send', { ...MAIL, connection: 'mail' }],
    ['events.publish', { topic: 'a', messages: [] }],
    ['a.type.of.echo', { connection: 'nothing' }],
  ])('%s %j needs nothing that is missing', (taskType, input) => {
    expect(said(taskType, input)).toEqual([]);
  });

  test.each<[string, JsonObject, string]>([
    [
      'email.send',
      MAIL,
      'FLW-W004 /nodes/0/taskType email.send is not available here: no smtp server is configured for all, and the task names no connection',
    ],
    [
      'db.query',
      { ...ROWS, engine: 'mongo' },
      'FLW-W004 /nodes/0/taskType db.query is not available here: no mongo server is configured for all, and the task names no connection',
    ],
    [
      'email.send',
      { ...MAIL, connection: 'post' },
      'FLW-W005 /nodes/0/input/connection names a connection that the workspace does not have: "post"',
    ],
    [
      'email.send',
      { ...MAIL, connection: 'crm' },
      'FLW-W005 /nodes/0/input/connection names a connection of kind http, where email.send takes smtp',
    ],
  ])('%s %j is warned of', (taskType, input, message) => {
    expect(said(taskType, input)).toEqual([message]);
    const published = definitionWarnings(flowOf(task(taskType, input)), backends);
    expect(published.map((warning) => `${warning.code} ${warning.message}`)).toEqual([message]);
  });

  test('are said nothing about while nothing is known of them', () => {
    const unknown: KnownBackends = { defaults: undefined, connections: undefined };
    expect(said('email.send', MAIL, unknown)).toEqual([]);
    expect(said('email.send', { ...MAIL, connection: 'post' }, unknown)).toEqual([]);
    expect(definitionWarnings(flowOf(task('email.send', MAIL)))).toEqual([]);
  });

  test('are named once for each type, at the first node; publishing names every node', () => {
    const nodes = ['a', 'b', 'c'].map((id) => task('email.send', MAIL, id));
    expect(unreachable(backendUses(flowOf(...nodes)), backends).map(({ nodeId }) => nodeId)).toEqual(['a']);
    expect(definitionWarnings(flowOf(...nodes), backends).map(({ nodeId }) => nodeId)).toEqual(['a', 'b', 'c']);
  });
});
