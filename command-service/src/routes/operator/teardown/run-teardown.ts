import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, CommandMeta, TenantDrain } from '@flowplane/contracts';
import type { Decided } from '@flowplane/runtime/commands';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { Logger } from '@flowplane/plumbing/logging';
import { isMissingSchema } from '@flowplane/plumbing/postgres';
import { tenantFence } from '@flowplane/runtime/read-model';
import { failedStep, teardownReport, type StepOutcomes, type TeardownReport } from './report.js';
import { allRows, findOutcomes } from './step-outcomes.js';
import { deleteRows, nameOf, tenantTables, type TeardownPools } from './tenant-tables.js';
import type { TeardownFaultPoint } from './fault-points.js';
import type { Teardown, TeardownStore } from './teardown-store.js';

export type TeardownPorts = TeardownPools & {
  readonly store: TeardownStore;
  readonly content: Pick<ContentStore, 'removeOf'>;
  /** Appends a command until it is decided and the read models have its events. */
  readonly decide: (command: Command, signal: AbortSignal) => Promise<Decided>;
  /** Places where a test may end the process. */
  readonly atFaultPoint: (point: TeardownFaultPoint) => void;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
};

/** Meta of the teardown's own commands, each call with an id of its own. */
export type MetaOf = () => CommandMeta;

const LOOK_AGAIN_MS = 200;
const TELL_EVERY_MS = 5000;

/**
 * Does what is left of a teardown: fence, drain by the executor, counts, rows outside the log's reach, and the purge,
 * with which all projections drop what they have. What was done before is not done again, or does no harm twice.
 *
 * @returns its report; with an error the teardown is not finished and the tenant stays fenced
 */
export async function runTeardown(
  ports: TeardownPorts,
  teardown: Teardown,
  metaOf: MetaOf,
  signal: AbortSignal,
): Promise<TeardownReport> {
  const { store, logger } = ports;
  const { teardownId, tenantId } = teardown;
  if (teardown.report !== null && teardown.finished) return teardown.report;
  const log = (what: object, message: string): void => logger.info({ tenantId, teardownId, ...what }, message);
  let { fenceId, steps, destroyed } = teardown;
  if (fenceId === null || !teardown.purging) {
    fenceId = await fence(ports, tenantId, metaOf, signal);
    await store.fenced(teardownId, fenceId);
    log({ fenceId }, 'teardown: the tenant is fenced');
    ports.atFaultPoint('fenced');
    const drain = await drained(ports, tenantId, fenceId, signal);
    log({ drain }, 'teardown: the engine has nothing of the tenant any more');
    if (steps === null || destroyed === null) {
      steps = await findOutcomes(ports, tenantId, drain, eventLogMessage(teardown.begunAt));
      const rows = await allRows(ports, tenantId);
      destroyed = { ...rows, executions: drain.executions, schedules: drain.schedules, histories: drain.histories };
      if (failedStep(steps) === undefined) await store.found(teardownId, steps, destroyed);
    }
    ports.atFaultPoint('counted');
    if (failedStep(steps) === undefined) steps = await removed(ports, tenantId, steps, log);
    ports.atFaultPoint('removed');
    const failed = failedStep(steps);
    if (failed !== undefined) return failedTeardown(ports, tenantId, steps, failed, metaOf, signal);
    await store.purging(teardownId);
  }
  if (steps === null) throw new Error(`teardown ${teardownId} has begun to purge and has no counts`);
  const data = { fenceId, destroyedResources: JSON.stringify(destroyed) };
  await ports.decide({ type: 'RecordTenantPurged', meta: metaOf(), data }, signal);
  await expectPurged(ports, tenantId, fenceId);
  ports.atFaultPoint('purged');
  await forgetSnapshots(ports, tenantId);
  const report = teardownReport(tenantId, steps, false);
  await store.finish(teardownId, report);
  log({ counts: report.counts }, 'teardown: the tenant is purged');
  return report;
}

/** @returns id of the fence in force */
async function fence(ports: TeardownPorts, tenantId: string, metaOf: MetaOf, signal: AbortSignal): Promise<string> {
  const { event } = await ports.decide({ type: 'FenceTenant', meta: metaOf(), data: {} }, signal);
  if (event.type === 'TenantFenced') return event.meta.commandId;
  if (event.type === 'CommandAcknowledged' && event.data.originalCommandId !== null)
    return event.data.originalCommandId;
  throw new Error(`tenant ${tenantId} was not fenced: ${event.type}`);
}

/** Waits for the executor's report on the fence. */
async function drained(
  { readPool, logger }: TeardownPorts,
  tenantId: string,
  fenceId: string,
  signal: AbortSignal,
): Promise<TenantDrain> {
  for (let toldAt = Date.now(); ; await sleep(LOOK_AGAIN_MS, undefined, { signal })) {
    const found = await tenantFence(readPool, tenantId, fenceId);
    if (found !== undefined && found.drain !== null) return found.drain;
    if (Date.now() - toldAt < TELL_EVERY_MS) continue;
    toldAt = Date.now();
    logger.info({ tenantId, openRuns: found?.openRuns }, 'teardown: waiting for the engine');
  }
}

/** Rows that no projection has, so that the purge's event does not reach them: keys, positions, stored payloads. */
async function removed(
  ports: TeardownPorts,
  tenantId: string,
  steps: StepOutcomes,
  log: (what: object, message: string) => void,
): Promise<StepOutcomes> {
  const failures: string[] = [];
  const attempt = async (what: string, remove: () => Promise<unknown>): Promise<void> => {
    try {
      const count = await remove();
      log({ what, ...(typeof count === 'number' ? { count } : {}) }, 'teardown: rows removed');
    } catch (cause) {
      if (isMissingSchema(cause)) return;
      failures.push(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  };
  await attempt('payloads', () => ports.content.removeOf(tenantId));
  for (const table of await tenantTables(ports)) {
    if (!table.isReadModel) await attempt(nameOf(table), () => deleteRows(table, tenantId));
  }
  if (failures.length === 0) return steps;
  return { ...steps, flow_trigger_artifacts: { kind: 'error', message: failures.join('; ') } };
}

async function failedTeardown(
  ports: TeardownPorts,
  tenantId: string,
  steps: StepOutcomes,
  { step, message }: { readonly step: string; readonly message: string },
  metaOf: MetaOf,
  signal: AbortSignal,
): Promise<TeardownReport> {
  ports.logger.warn({ tenantId, step, reason: message }, 'teardown: a step has failed; the tenant stays fenced');
  await ports.decide({ type: 'RecordPurgeFailed', meta: metaOf(), data: { failedDomain: step, message } }, signal);
  return teardownReport(tenantId, steps, false);
}

/** A purge that is already decided is acknowledged; any other acknowledgement is a bug that must not pass for success. */
async function expectPurged({ readPool }: TeardownPorts, tenantId: string, fenceId: string): Promise<void> {
  const found = await tenantFence(readPool, tenantId, fenceId);
  if (found !== undefined) throw new Error(`tenant ${tenantId} is still fenced by ${fenceId}`);
}

/** The decider's owner removes them with its next snapshot; until then they only spare time. */
async function forgetSnapshots({ statePool }: TeardownPorts, tenantId: string): Promise<void> {
  await statePool.query('DELETE FROM command.snapshot_tenants WHERE tenant_id = $1', [tenantId]);
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** What becomes of the topics, which nothing can be taken out of. */
export function eventLogMessage(from: Date): string {
  const until = new Date(from.getTime() + WEEK_MS).toISOString().slice(0, 10);
  return (
    `payload encryption is off: flows.events.v1 keeps the tenant's records for ever, flows.commands.v1 and ` +
    `flows.runs.v1 until ${until}, the audit topic as long as its operator has set`
  );
}
