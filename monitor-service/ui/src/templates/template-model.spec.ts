import { expect, it } from 'vitest';
import { actionsIn, hitsOf, itemOf, parametersOf, type Template, type TemplateState } from './template-model.js';

it('finds what a provisioning may be given values for', () => {
  const nodes = [
    { id: 'pipe', user_inputs: { pipeline_id: '${{ prefix }}-pipe' } },
    {
      id: 'idx',
      user_inputs: { index_name: '${{prefix}}-docs', pipeline: '${{ pipe.pipeline_id }}', note: '${{ a.b }}' },
    },
  ];
  expect(parametersOf({ name: 'demo', workflows: { provision: { nodes } } } as Template)).toEqual(['prefix', 'a.b']);
  expect(parametersOf({ name: 'demo' })).toEqual([]);
});

it('reads the hits of a search', () => {
  const answer = { hits: { hits: [{ _id: 'K1', _source: { name: 'demo', last_updated_time: 0 } }] } };
  expect(hitsOf(answer).map(itemOf)).toEqual([
    { id: 'K1', name: 'demo', useCase: null, changedAt: '1970-01-01T00:00:00.000Z' },
  ]);
  expect(hitsOf({})).toEqual([]);
});

it('knows what can be done in which state', () => {
  const resource = { workflow_step_name: 'create_index', workflow_step_id: 'i', resource_type: 'index_name' };
  const made = [{ ...resource, resource_id: 'docs' }];
  const inState = (state: TemplateState['state'], resources_created: TemplateState['resources_created'] = []) =>
    Object.entries(actionsIn({ workflow_id: 'K1', state, resources_created })).flatMap(([name, is]) =>
      is ? [name] : [],
    );
  expect(inState('NOT_STARTED')).toEqual(['provision']);
  expect(inState('PROVISIONING')).toEqual(['deprovision']);
  expect(inState('FAILED')).toEqual(['provision']);
  expect(inState('FAILED', made)).toEqual(['resume', 'deprovision']);
  expect(inState('COMPLETED', made)).toEqual(['deprovision']);
});
