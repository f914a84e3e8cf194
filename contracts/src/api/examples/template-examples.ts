import { COMMAND_ID, type OperationExamples } from './operation-examples.js';

const ID = { workflow_id: 'K1' };
const RESOURCE = {
  workflow_step_name: 'create_index',
  workflow_step_id: 'idx',
  resource_type: 'index_name',
  resource_id: 'a-docs',
};
const TEMPLATE = {
  name: 'demo',
  version: { template: '1.0.0', compatibility: ['2.19.0', '3.0.0'] },
  workflows: {
    provision: {
      user_params: {},
      nodes: [
        {
          id: 'pipe',
          type: 'create_ingest_pipeline',
          user_inputs: {
            pipeline_id: '${{ prefix }}-pipe',
            configurations: { processors: [{ set: { field: 'seen', value: '1' } }] },
          },
        },
        {
          id: 'idx',
          type: 'create_index',
          previous_node_inputs: { pipe: 'pipeline_id' },
          user_inputs: {
            index_name: '${{ prefix }}-docs',
            configurations: { settings: { index: { default_pipeline: '${{ pipe.pipeline_id }}' } } },
          },
        },
      ],
    },
  },
};
const PENDING = { ...ID, commandId: COMMAND_ID, status: 'pending' };
const ACCEPTED = {
  started: ID,
  completed: { ...ID, state: 'COMPLETED', resources_created: [RESOURCE] },
  pending: PENDING,
};
const SEARCH = { query: { match: { name: 'demo' } } };
const hit = (index: string, source: object) => ({
  _index: index,
  ...{ _id: 'K1', _version: 1, _seq_no: 0, _primary_term: 1, _score: 1, _source: source },
});
const found = (index: string, source: object) => ({
  one: {
    ...{ took: 1, timed_out: false },
    hits: { total: { value: 1, relation: 'eq' }, max_score: 1, hits: [hit(index, source)] },
  },
});
const FOUND = found('.plugins-flow-framework-templates', { name: 'demo' });
const FOUND_STATE = found('.plugins-flow-framework-state', { state: 'COMPLETED' });

/** Of provisioning templates, as provisioning 3, 8, 9 and 14 have them. */
export const TEMPLATE_EXAMPLES = {
  createTemplate: { body: { template: TEMPLATE }, answers: { 201: { created: ID }, 202: ACCEPTED } },
  updateTemplate: { body: { template: TEMPLATE }, answers: { 201: { updated: ID }, 202: ACCEPTED } },
  provisionTemplate: { body: { parameters: { prefix: 'a' } }, answers: { 202: ACCEPTED } },
  reprovisionTemplate: { body: { template: TEMPLATE }, answers: { 202: ACCEPTED } },
  resumeTemplate: { body: { parameters: {} }, answers: { 202: ACCEPTED } },
  deprovisionTemplate: {
    answers: {
      200: { gone: ID },
      202: { failed: { error: 'Failed to deprovision some resources: [index_name a-docs].' }, pending: PENDING },
    },
  },
  deleteTemplate: {
    answers: {
      200: {
        deleted: {
          ...{ _index: '.plugins-flow-framework-templates', _id: 'K1', _version: 2, result: 'deleted' },
          ...{ _shards: { total: 1, successful: 1, failed: 0 }, _seq_no: 7, _primary_term: 1 },
        },
      },
      202: { pending: PENDING },
    },
  },
  planTemplate: {
    body: { parameters: { prefix: 'a' } },
    answers: {
      200: { plan: { steps: [{ node_id: 'idx', type: 'create_index', action: 'create', resource: null }] } },
    },
  },
  getTemplate: { answers: { 200: { template: TEMPLATE } } },
  templateStatus: { answers: { 200: { state: { ...ID, state: 'COMPLETED', resources_created: [RESOURCE] } } } },
  templateDrift: { answers: { 200: { drift: { resources: [{ ...RESOURCE, state: 'present' }] } } } },
  templateSteps: {
    answers: { 200: { steps: { noop: { inputs: [], outputs: [], required_plugins: [] } } } },
  },
  searchTemplates: { body: { search: SEARCH }, answers: { 200: FOUND } },
  searchTemplatesByGet: { answers: { 200: FOUND } },
  searchTemplateStates: { body: { search: { query: { match_all: {} } } }, answers: { 200: FOUND_STATE } },
  searchTemplateStatesByGet: { answers: { 200: FOUND_STATE } },
  getClusterSettings: {
    answers: {
      200: { set: { persistent: { plugins: { flow_framework: { max_workflows: '500' } } }, transient: {} } },
    },
  },
  clusterSettings: {
    body: { settings: { persistent: { 'plugins.flow_framework.max_workflows': 500 } } },
    answers: {
      200: {
        changed: {
          acknowledged: true,
          ...{ persistent: { plugins: { flow_framework: { max_workflows: '500' } } }, transient: {} },
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, OperationExamples>>;
