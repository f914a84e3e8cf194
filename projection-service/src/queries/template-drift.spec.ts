import { readTemplate, takeCredentials } from '@flowplane/contracts';
import { expect, test } from 'vitest';
import { comparedInputs } from './template-drift.js';

test('a credential in what is compared is equal to everything, and is not sent', () => {
  const configurations = { processors: [{ rerank: { credential: { key: 'geheim' } } }] };
  const nodes = [{ id: 'pipe', type: 'create_search_pipeline', user_inputs: { pipeline_id: 'p', configurations } }];
  const read = readTemplate({ name: 'n', workflows: { provision: { nodes } } });
  if (!read.ok) throw new Error(read.error.message);
  const { template } = takeCredentials(read.value, () => 's1');
  const resource = {
    ...{ workflow_step_name: 'create_search_pipeline', workflow_step_id: 'pipe' },
    ...{ resource_type: 'pipeline_id', resource_id: 'p' },
  };
  expect(comparedInputs(template, resource)).toEqual({
    configurations: { processors: [{ rerank: { credential: '${{ credential }}' } }] },
  });
});
