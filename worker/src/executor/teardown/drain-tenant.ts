import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantDrain, TenantFenced } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { messageOf } from '../../shared/engine-fault.js';
import { CallAbandoned } from '../../shared/engine-gate.js';
import type { Engine } from '../engine/engine.js';
import type { AtExecutorFaultPoint } from '../fault-points.js';
import type { OpenTemplateRun } from '@flowplane/runtime/read-model';
import type { OpenRunsOf } from '../read-model/open-runs.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { RunScope } from '../report/records.js';
import type { Reports } from '../report/reports.js';
import type { Drains } from '../state/drains.js';

export type DrainPorts = {
  readonly engine: Engine;
  readonly openRuns: OpenRunsOf<RunScope>;
  readonly openTemplateRuns: OpenRunsOf<OpenTemplateRun>;
  readonly drains: Drains;
  readonly reports: Reports;
  /** Ends a run in its own order and reports it closed; throws what the engine refuses for good. */
  readonly endRun: (run: RunScope, signal: AbortSignal) => Promise<void>;
  /** As `endRun`; `isAgain`: it was asked to end and has not. */
  readonly endTemplateRun: (run: OpenTemplateRun, isAgain: boolean, signal: AbortSignal) => Promise<void>;
  readonly atFaultPoint: AtExecutorFaultPoint;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
};

/** A fence as it was read, all that stood before it done. */
export type ReadFence = { readonly event: TenantFenced; readonly partition: number; readonly offset: number };

const LOOK_AGAIN_MS = 250;
/** A run whose end does not come to the log is ended again. */
const END_AGAIN_MS = 10_000;
/** Executions deleted at once; the engine does the work later. */
const DELETED_AT_ONCE = 32;
const MAX_FAILURES = 20;

/**
 * Ends everything that a fenced tenant has in the engine, and reports what it was: schedules first, so that nothing
 * starts any more, then the open runs, then whatever is kept of runs. Everything may be done twice; a drain that is
 * finished only reports again. A fault for good is noted and the rest goes on.
 *
 * @throws CallAbandoned on `signal`
 */
export async function drainTenant(ports: DrainPorts, fence: ReadFence, signal: AbortSignal): Promise<void> {
  const { tenantId, commandId: fenceId } = fence.event.meta;
  const begun = await retryWhileUnavailable(() => ports.drains.load(fenceId), signal);
  let { failures } = begun;
  if (!begun.finished) {
    const log = (done: object, message: string): void => ports.logger.info({ tenantId, fenceId, ...done }, message);
    log({ openRuns: fence.event.data.openRuns }, 'draining a fenced tenant');
    const noted = makeFailures();
    await removeSchedules(ports, fence, noted, signal);
    log({}, 'its schedules are gone');
    const endRun = (run: RunScope): Promise<void> => ports.endRun(run, signal);
    await endRuns(ports, fence, noted, ports.openRuns, endRun, signal);
    await endRuns(ports, fence, noted, ports.openTemplateRuns, ports.endTemplateRun, signal);
    log({}, 'its runs are over');
    await removeHistories(ports, fence, noted, signal);
    log({ failures: noted.all().length }, 'its histories are gone');
    failures = noted.all();
    await retryWhileUnavailable(() => ports.drains.finish(fenceId, noted.all()), signal);
  }
  ports.atFaultPoint('executor-drain-report-exit');
  const { schedules, histories } = await retryWhileUnavailable(() => ports.drains.load(fenceId), signal);
  const drain: TenantDrain = {
    // Counted by the log itself.
    executions: 0,
    ...{ fenceId, failures, schedules: schedules ?? 0, histories: histories ?? 0 },
  };
  await ports.reports.drained(fence.event.meta, drain, signal);
}

type Failures = {
  /** Runs it; a fault for good becomes a sentence. @returns whether it was done */
  readonly attempt: (what: string, call: () => Promise<void>) => Promise<boolean>;
  readonly all: () => readonly string[];
};

function makeFailures(): Failures {
  const sentences: string[] = [];
  return {
    attempt: async (what, call) => {
      try {
        await call();
        return true;
      } catch (cause) {
        if (cause instanceof CallAbandoned) throw cause;
        if (sentences.length < MAX_FAILURES) sentences.push(`${what}: ${messageOf(cause)}`);
        return false;
      }
    },
    all: () => sentences,
  };
}

async function removeSchedules(
  { engine, drains, atFaultPoint }: DrainPorts,
  { event: { meta } }: ReadFence,
  noted: Failures,
  signal: AbortSignal,
): Promise<void> {
  const failed = new Set<string>();
  for (;;) {
    const ids = (await engine.schedulesOf(meta.tenantId, signal)).filter((id) => !failed.has(id));
    await retryWhileUnavailable(() => drains.keepCount(meta.commandId, 'schedules', ids.length), signal);
    if (ids.length === 0) return;
    for (const id of ids) {
      if (!(await noted.attempt(`schedule ${id}`, () => engine.deleteSchedule(id, signal)))) failed.add(id);
    }
    atFaultPoint('executor-drain-schedules-exit');
    await pause(signal);
  }
}

async function endRuns<Run extends Pick<RunScope, 'executionId'>>(
  ports: DrainPorts,
  fence: ReadFence,
  noted: Failures,
  openRuns: OpenRunsOf<Run>,
  endRun: (run: Run, isAgain: boolean, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { tenantId } = fence.event.meta;
  const failed = new Set<string>();
  const endedAt = new Map<string, number>();
  const end = async (run: Run): Promise<void> => {
    const isAgain = endedAt.has(run.executionId);
    endedAt.set(run.executionId, Date.now());
    const done = await noted.attempt(`execution ${run.executionId}`, () => endRun(run, isAgain, signal));
    if (!done) failed.add(run.executionId);
  };
  for (;;) {
    const open = await openRuns(tenantId, fence.partition, fence.offset, signal);
    const left = open.filter(({ executionId }) => !failed.has(executionId));
    if (left.length === 0) return;
    const due = left.filter(({ executionId }) => Date.now() - (endedAt.get(executionId) ?? 0) > END_AGAIN_MS);
    const half = Math.ceil(due.length / 2);
    await Promise.all(due.slice(0, half).map(end));
    if (due.length > 0) ports.atFaultPoint('executor-drain-runs-exit');
    await Promise.all(due.slice(half).map(end));
    await pause(signal);
  }
}

/** Deleted executions leave the visibility store a little later; until then they are found, and deleted, again. */
async function removeHistories(
  { engine, drains, atFaultPoint }: DrainPorts,
  { event: { meta } }: ReadFence,
  noted: Failures,
  signal: AbortSignal,
): Promise<void> {
  const failed = new Set<string>();
  for (;;) {
    const found = [];
    for await (const page of engine.executionsOf(meta.tenantId, signal)) {
      found.push(...page.filter(({ runId }) => !failed.has(runId)));
    }
    await retryWhileUnavailable(() => drains.keepCount(meta.commandId, 'histories', found.length), signal);
    if (found.length === 0) return;
    for (let from = 0; from < found.length; from += DELETED_AT_ONCE) {
      const some = found.slice(from, from + DELETED_AT_ONCE);
      await Promise.all(
        some.map(async (execution) => {
          const what = `history of ${execution.workflowId}`;
          const done = await noted.attempt(what, () => engine.deleteExecution(execution, signal));
          if (!done) failed.add(execution.runId);
        }),
      );
      atFaultPoint('executor-drain-histories-exit');
    }
    await pause(signal);
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(LOOK_AGAIN_MS, undefined, { ref: false });
  if (signal.aborted) throw new CallAbandoned();
}
