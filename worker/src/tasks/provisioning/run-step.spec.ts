import { stepTypes, type JsonObject } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { said, stepsOn } from '../../../test/tasks/provisioning.js';
import type { OpenSearchClient } from './opensearch/client.js';
import { timeoutFailure } from './step-failure.js';
import { PROVISIONING_STEPS } from './steps.js';

const nobody: OpenSearchClient = {
  send: () => Promise.reject(new Error('nothing is to be sent')),
  close: () => Promise.resolve(),
};
const { run, failure } = stepsOn(() => nobody);

describe('noop', () => {
  it.each<[unknown, number[]]>([
    [undefined, []],
    ['0', []],
    ['250ms', [250]],
    ['2s', [2000]],
    ['1m', [60_000]],
    ['1d', [86_400_000]],
  ])('waits for a delay of %j', async (delay, expected) => {
    const waits: number[] = [];
    const sleep = (ms: number): Promise<void> => Promise.resolve(void waits.push(ms));
    const inputs = delay === undefined ? {} : { delay: delay as string };
    expect(await run('noop', inputs, { sleep })).toEqual({ outputs: {}, resources: [] });
    expect(waits).toEqual(expected);
  });

  it.each(['x', '5', '1.5s', '-5s', '', '25h', '30d'])('refuses a delay of %j', async (delay) => {
    const refused = await failure('noop', { delay });
    expect(said(refused)).toEqual(['FlowFrameworkException', expect.stringContaining(delay), 'BAD_REQUEST']);
  });
});

describe('inputs', () => {
  it.each<[string, JsonObject, string]>([
    ['create_index', { configurations: '' }, 'Missing required inputs [index_name] in node [node]'],
    [
      'create_index',
      { index_name: ['a'], configurations: '' },
      'Failed to parse the input [index_name] of node [node]',
    ],
    ['create_index', { index_name: 'a', configurations: 'x' }, 'Failed to parse the configurations of index a'],
    [
      'reindex',
      { source_index: 'a', destination_index: 'b', slices: 'x' },
      'Failed to parse the input [slices] of node [node]',
    ],
    ['create_connector', { name: 'c' }, 'Missing required inputs [description] in node [node]'],
    [
      'register_model_group',
      { name: 'g', add_all_backend_roles: 'yes' },
      'Failed to parse the input [add_all_backend_roles] of node [node]',
    ],
  ])('of %s are checked before anything is sent', async (type, inputs, message) => {
    expect(said(await failure(type, inputs))).toEqual(['FlowFrameworkException', message, 'BAD_REQUEST']);
  });

  it('a type that does not exist is not implemented', async () => {
    const refused = await failure('create_nothing', {});
    const message = 'Workflow step type [create_nothing] is not implemented.';
    expect(said(refused)).toEqual(['FlowFrameworkException', message, 'NOT_IMPLEMENTED']);
  });
});

it('a time-out has no message, and leaves open whether it was done', () => {
  const late = timeoutFailure();
  expect(late).toMatchObject({ className: 'TimeoutException', message: '', status: 500 });
  expect(late.isOutcomeUnknown).toBe(true);
});

describe('the catalogue', () => {
  it('and the steps have the same types', () => {
    expect([...PROVISIONING_STEPS.keys()].sort()).toEqual(stepTypes.map(({ type }) => type).sort());
  });

  it.each(stepTypes.map(({ type, required, optional }) => [type, [...required, ...optional]] as const))(
    '%s has the same inputs there',
    (type, inputs) => {
      const schema = PROVISIONING_STEPS.get(type)?.schema;
      expect(Object.keys(schema?.['properties'] as JsonObject).sort()).toEqual([...inputs].sort());
    },
  );
});
