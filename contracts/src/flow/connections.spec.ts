import { describe, expect, it } from 'vitest';
import type { ConnectionKind } from '../connections/kinds.js';
import { connectionNames, connectionReferences } from './connection-references.js';
import type { FlowDefinition } from './document.js';
import type { JsonObject } from './json.js';
import { semanticFindings } from './semantic.js';
import { definitionWarnings } from './warnings.js';

const task = (id: string, taskType: string, input: JsonObject): object => ({ id, type: 'task', taskType, input });
const flowOf = (...nodes: readonly object[]): FlowDefinition =>
  ({ apiVersion: 'v1.0', name: 'f', nodes }) as unknown as FlowDefinition;
const request = (connection: unknown, taskType = 'http.request'): FlowDefinition =>
  flowOf(task('ask', taskType, { url: 'https://x/', connection } as JsonObject));
const errorsOf = (definition: FlowDefinition, echoTasks = false) =>
  semanticFindings(definition, { resolveSubFlow: () => undefined, echoTasks });

describe('connections that a definition refers to', () => {
  it('are those of its tasks, each once', () => {
    const definition = flowOf(
      task('a', 'http.request', { connection: 'crm' }),
      task('b', 'email.send', { connection: 'mail' }),
      task('c', 'http.request', { connection: 'crm', body: { connection: 'no' } }),
      task('d', 'http.request', { connection: 'default' }),
      task('e', 'http.request', {}),
      { id: 's', type: 'sub-flow', flowId: 'f', flowVersion: '1', input: { connection: 'no' } },
    );
    expect(connectionNames(JSON.stringify(definition))).toEqual(['crm', 'mail']);
    expect(connectionReferences(definition).map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it.each(['', 'Crm', '-crm', 'c'.repeat(64), '${{ inputs.x }}', 7, null, ['crm'], { a: 'crm' }])(
    '%j is none',
    (connection) => {
      expect(connectionNames(JSON.stringify(request(connection)))).toEqual([]);
    },
  );

  it.each(['{}', '{"nodes":[]}', '{"connection":1}'])('%s has none', (text) => {
    expect(connectionNames(text)).toEqual([]);
  });
});

describe('E005', () => {
  it.each(['crm', 'c', 'default', 'a-1', 'c'.repeat(63)])('%s may be named', (connection) => {
    expect(errorsOf(request(connection))).toEqual([]);
  });

  it.each([
    ['${{ inputs.x }}', 'never by an expression'],
    ['crm-${{ inputs.x }}', 'never by an expression'],
    ['$${{ crm }}', 'never by an expression'],
    ['Crm', 'by a text that matches ^[a-z][a-z0-9-]{0,62}$'],
    ['', 'by a text that matches'],
    ['c'.repeat(64), 'by a text that matches'],
    [7, 'by a text that matches'],
    [null, 'by a text that matches'],
    [{}, 'by a text that matches'],
  ])('%j may not', (connection, message) => {
    expect(errorsOf(request(connection))).toEqual([
      {
        code: 'FLW-E005',
        nodeId: 'ask',
        pointer: '/nodes/0/input/connection',
        message: expect.stringContaining(
          `/nodes/0/input/connection: a connection is named ${message.startsWith('never') ? 'by a literal, ' : ''}${message}`,
        ) as unknown,
      },
    ]);
  });

  it('says nothing of a type that is not in the catalogue, whose input is its own', () => {
    expect(errorsOf(request(7, 'my.type'), true)).toEqual([]);
  });
});

describe('W005', () => {
  const known: ReadonlyMap<string, ConnectionKind> = new Map([
    ['crm', 'http'],
    ['orders', 'postgres'],
    ['files', 's3'],
  ]);
  const ofConnections = (definition: FlowDefinition, connections = known) =>
    definitionWarnings(definition, { defaults: undefined, connections }).filter(({ code }) => code === 'FLW-W005');
  const query = (engine: string, connection: string): FlowDefinition =>
    flowOf(task('q', 'db.query', { engine, operation: 'list', connection }));

  it('is absent where the connection is there and fits, or is the operator’s, or nothing is known', () => {
    expect(ofConnections(request('crm'))).toEqual([]);
    expect(ofConnections(request('default'))).toEqual([]);
    expect(ofConnections(query('postgres', 'orders'))).toEqual([]);
    expect(ofConnections(query('${{ inputs.engine }}', 'orders'))).toEqual([]);
    expect(definitionWarnings(request('nobodys')).filter(({ code }) => code === 'FLW-W005')).toEqual([]);
  });

  it('names a connection that is not there, and one that was probably meant', () => {
    expect(ofConnections(request('crn'))).toEqual([
      {
        code: 'FLW-W005',
        nodeId: 'ask',
        path: '/nodes/0/input/connection',
        message: '/nodes/0/input/connection names a connection that the workspace does not have: "crn"',
        hint: 'Did you mean "crm"?',
      },
    ]);
    expect(ofConnections(request('crm'), new Map())[0]).not.toHaveProperty('hint');
  });

  it('says which kind there is, and which the type takes', () => {
    const kinds = (definition: FlowDefinition) => ofConnections(definition)[0]?.message;
    expect(kinds(request('files'))).toContain('of kind s3, where http.request takes http');
    expect(kinds(query('mongo', 'orders'))).toContain('of kind postgres, where db.query takes mongo');
    expect(kinds(query('${{ inputs.engine }}', 'crm'))).toContain('takes postgres or mongo');
  });

  it('does not come for a type that takes none', () => {
    expect(ofConnections(request('crn', 'events.publish'))).toEqual([]);
  });
});
