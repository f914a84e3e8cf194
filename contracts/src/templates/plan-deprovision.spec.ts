import { describe, expect, test } from 'vitest';
import type { TemplateResource } from './document.js';
import { shownDeprovisionPlan } from './plan-answer.js';
import { deprovisionError, planDeprovision, sameResource } from './plan-deprovision.js';

const resource = (name: string, id: string, type: string, value: string): TemplateResource => ({
  workflow_step_name: name,
  workflow_step_id: id,
  resource_type: type,
  resource_id: value,
});
const CONNECTOR = resource('create_connector', 'c', 'connector_id', 'C1');
const GROUP = resource('register_model_group', 'g', 'model_group_id', 'G1');
const MODEL = resource('register_remote_model', 'm', 'model_id', 'M1');
const DEPLOYED = resource('deploy_model', 'm', 'model_id', 'M1');
const PIPE = resource('create_ingest_pipeline', 'p', 'pipeline_id', 'P1');
const INDEX = resource('create_index', 'i', 'index_name', 'I1');
const ALL = [CONNECTOR, GROUP, MODEL, DEPLOYED, PIPE, INDEX];

test('removes what was created last first, and sets aside what allow_delete does not list', () => {
  const { steps, setAside } = planDeprovision(ALL, ['I1']);
  expect(steps).toEqual([
    { type: 'delete_index', resource: INDEX },
    { type: 'undeploy_model', resource: DEPLOYED },
    { type: 'delete_model', resource: MODEL },
    { type: 'noop', resource: GROUP },
    { type: 'delete_connector', resource: CONNECTOR },
  ]);
  expect(setAside).toEqual([PIPE]);
  expect(planDeprovision(ALL, ['I1', 'P1']).setAside).toEqual([]);
});

test('is shown as a plan', () => {
  expect(shownDeprovisionPlan(planDeprovision([CONNECTOR, PIPE, INDEX], ['I1']))).toEqual([
    {
      node_id: 'i',
      type: 'delete_index',
      action: 'delete',
      resource: { resource_type: 'index_name', resource_id: 'I1' },
    },
    {
      node_id: 'c',
      type: 'delete_connector',
      action: 'delete',
      resource: { resource_type: 'connector_id', resource_id: 'C1' },
    },
    {
      node_id: 'p',
      type: 'create_ingest_pipeline',
      action: 'skip',
      resource: { resource_type: 'pipeline_id', resource_id: 'P1' },
    },
  ]);
});

describe('the answer', () => {
  const FAILED = 'Failed to deprovision some resources: [model_id M1, connector_id C1].';
  const ASIDE = 'These resources require the allow_delete parameter to deprovision: [index_name I1].';
  test.each<[number | undefined, string, readonly TemplateResource[], readonly TemplateResource[]]>([
    [undefined, '', [], []],
    [202, FAILED, [MODEL, CONNECTOR], []],
    [403, ASIDE, [], [INDEX]],
    [202, `${FAILED} ${ASIDE}`, [MODEL, CONNECTOR], [INDEX]],
  ])('%s %s', (status, message, failed, setAside) => {
    expect(deprovisionError(failed, setAside)).toEqual(status === undefined ? undefined : { status, message });
  });
});

test('resources are the same in all four members', () => {
  expect(sameResource(MODEL, { ...MODEL })).toBe(true);
  for (const name of Object.keys(MODEL)) {
    expect(sameResource(MODEL, { ...MODEL, [name]: 'other' })).toBe(false);
  }
});
