import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { TEMPLATE_WORKSPACE } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { vouchedEnvelope } from '../../shared/vouch.js';
import type { RemovalRequest } from '../run.js';
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
  const activities = makeProvisioningActivities({
    client: { send: () => Promise.resolve({ status: 200, body: {} }), close: () => Promise.resolve() },
    secrets: { get: () => Promise.resolve(new Map()) },
    reports: { removed: report } as unknown as TemplateReports,
    token: { secret: SECRET, maxTtlMs: 1000, now: Date.now },
    isMultiTenant: false,
    logger: { error: () => undefined, warn: (what: unknown) => void warned.push(what) },
  });
  const context = { cancellationSignal: new AbortController().signal, heartbeat: () => undefined };
  const over = asyncLocalStorage.run(context as unknown as Context, () => activities.removeResource(REMOVAL));
  return { over, warned };
}

it('a removal whose report never comes to an end is one all the same', async () => {
  const { over } = remove(() => new Promise(() => undefined));
  await expect(over).resolves.toBeUndefined();
});

it('a removal whose report is refused is one all the same', async () => {
  const { over, warned } = remove(() => Promise.reject(new Error('refused')));
  await over;
  expect(warned).toHaveLength(1);
});
