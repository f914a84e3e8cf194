import { expect, test } from 'vitest';
import { unknownMembers } from './known-members.js';

test.each([
  ['startExecution', { inputs: {}, version: 1 }, ['/inputs']],
  ['startExecution', { input: { anything: { at: 'all' } }, version: null }, []],
  ['retryExecution', { fromNode: 'a' }, ['/fromNode']],
  ['retryExecution', { from: { nodeId: 'a', node: 'b' } }, ['/from/node']],
  ['retryExecution', { from: 'failed' }, []],
  ['signalExecution', { approved: true, actor: 'a', nodeId: 'n' }, []],
  ['signalExecution', { approve: true }, ['/approve']],
  [
    'createFlow',
    {
      ...{ name: 'n', flow_id: 'f', definition_json: {}, definitionJson: {}, definition_yaml: '' },
      definitionYaml: '',
    },
    [],
  ],
  ['createFlow', { dsl_api_version: 'v1.0', dslApiVersion: 'v1.0', definition: { nodes: [], unknown: 1 } }, []],
  ['createFlow', { 'na/me': 'n' }, ['/na~1me']],
  ['updateFlow', { name: 'n', expectedVersion: 1, definition_yaml: '', flowId: 'f' }, ['/flowId']],
  ['publishFlow', { expectedVersion: 1, expectedRevision: 1 }, ['/expectedRevision']],
  ['deleteFlow', { expectedVersion: 1 }, []],
  ['validateFlow', { definition: {} }, ['/definition']],
  ['setTenantQuotas', { max_flows: 1 }, []],
] as const)('of %s %j: %j', (operation, body, expected) => {
  expect(unknownMembers(operation, body)).toEqual(expected);
});
