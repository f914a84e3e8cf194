import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { TEMPLATE_WORKSPACE } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { SecretMissing } from '@flowplane/runtime/secrets';
import { vouchedEnvelope } from '../../shared/vouch.js';
import type { RemovalRequest, StepRequest } from '../run.js';
import { makeProvisioningActivities } from './provisioning-activities.js';
import type { TemplateReports } from './template-reports.js';

const SECRET = 's'.repeat(32);
const ids = { tenantId: 'T', workspaceId: TEMPLATE_WORKSPACE, flowId: 't1', flowVersion: 'template' };
const REMOVAL: RemovalRequest = {
  envelope: vouchedEnvelope(SECRET, { ...ids, executionId: `T:${TEMPLATE_WORKSPACE}:t1:d1` }),
  origin: { correlationId: 'c', traceparent: null },
  resource: {
    ...{ workflow_step_name: 'create_ingest_pipeline', workflow_step_id: 'pipe' },
    ...{ resource_type: 'pipeline_id', resource_id: 'p1' },
  },
  timeoutMs: 10_000,
};

/** Removes a resource; `report`: what becomes of the report on it. */
function remove(report: () => Promise<void>) {
  const warned: unknown[] = [];
  /** How long it has waited; no time passes. */
  const waited: number[] = [];
  const activities = makeProvisioningActivities({
    client: { send: () => Promise.resolve({ status: 200, body: {} }), close: () => Promise.resolve() },
    secrets: { get: () => Promise.resolve(new Map()) },
    reports: { removed: report } as unknown as TemplateReports,
    token: { secret: SECRET, maxTtlMs: 1000, now: Date.now },
    isMultiTenant: false,
    sleep: (ms) => Promise.resolve(void waited.push(ms)),
    logger: { error: () => undefined, warn: (what: unknown) => void warned.push(what) },
  });
  const context = { cancellationSignal: new AbortController().signal, heartbeat: () => undefined };
  const over = asyncLocalStorage.run(context as unknown as Context, () => activities.removeResource(REMOVAL));
  return { over, warned, waited };
}

it('a removal whose report never comes to an end is one all the same', async () => {
  const { over, waited } = remove(() => new Promise(() => undefined));
  await expect(over).resolves.toBeUndefined();
  // Not longer for its report than this.
  expect(waited).toEqual([1000]);
});

it('a removal whose report is refused is one all the same', async () => {
  const { over, warned } = remove(() => Promise.reject(new Error('refused')));
  await over;
  expect(warned).toHaveLength(1);
});

/** Runs a step that makes a pipeline. @param get of the secrets */
function make(
  get: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>,
  { timeoutMs = 60_000, created = () => Promise.resolve() } = {},
) {
  const { envelope, origin } = REMOVAL;
  const request: StepRequest = {
    ...{ envelope, origin, userParams: {}, outputs: {}, secretIds: ['s1', 's2'], taskPollMs: 1 },
    parameters: { used: { $secret: 's1' }, other: { $secret: 's2' } },
    node: {
      ...{ id: 'pipe', type: 'create_ingest_pipeline', action: 'create', previousNodeInputs: {}, timeoutMs },
      userInputs: { pipeline_id: 'p-${{ used }}', configurations: '{}' },
      ...{ predecessors: [], dependsOn: [], repeatable: true },
    },
  };
  const done: string[] = [];
  const activities = makeProvisioningActivities({
    client: {
      send: ({ path }) => Promise.resolve({ status: 200, body: {}, at: done.push(path) }),
      close: () => Promise.resolve(),
    },
    secrets: { get: (_tenantId, ids) => get(ids) },
    reports: {
      nodeStarted: (_run: unknown, resourceId: string) => Promise.resolve(void done.push(`intent ${resourceId}`)),
      created,
    } as unknown as TemplateReports,
    token: { secret: SECRET, maxTtlMs: 1000, now: Date.now },
    isMultiTenant: false,
    logger: { error: () => undefined, warn: () => undefined },
  });
  const signal = new AbortController().signal;
  const context = { cancellationSignal: signal, heartbeat: () => undefined, info: { attempt: 1 } };
  const over = asyncLocalStorage.run(context as unknown as Context, () => activities.runProvisioningStep(request));
  return { over, done };
}

const away = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

it('a step waits for a state database that is away, and reads no other secrets than its own', async () => {
  const asked: (readonly string[])[] = [];
  const { over, done } = make((ids) => {
    asked.push(ids);
    return asked.length < 3 ? Promise.reject(away()) : Promise.resolve(new Map([['s1', 'x']]));
  });
  expect(await over).toEqual({ pipeline_id: 'p-x' });
  expect(asked).toEqual([['s1'], ['s1'], ['s1']]);
  expect(done).toEqual(['intent p-x', '/_ingest/pipeline/p-x']);
});

it.each([
  ['the state database stays away', () => Promise.reject(away()), 'TimeoutException', 150],
  ['a secret is gone', () => Promise.reject(new SecretMissing('T', ['s1'])), 'WorkflowStepException', 60_000],
] as const)(
  'a step that fails because %s has asked the server for nothing, and is known to',
  async (_what, get, type, ms) => {
    const { over, done } = make(get, { timeoutMs: ms });
    await expect(over).rejects.toMatchObject({
      type,
      details: [{ class: type, status: 500, isOutcomeUnknown: false }],
    });
    expect(done).toEqual([]);
  },
);

it('a step whose resource the log refuses has failed, and what it has made is to be looked for', async () => {
  const { over } = make(() => Promise.resolve(new Map([['s1', 'x']])), {
    created: () => Promise.reject(new Error('too large')),
  });
  await expect(over).rejects.toMatchObject({
    message: 'Failed to update workflow state for t1 on step pipe to add resource pipeline_id p-x',
    details: [{ class: 'WorkflowStepException', status: 500, isOutcomeUnknown: true }],
  });
});
