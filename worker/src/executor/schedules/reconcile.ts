import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic } from '@flowplane/plumbing/periodic';
import { WORKFLOW_TYPE } from '../../shared/run-input.js';
import { CallAbandoned } from '../../shared/engine-gate.js';
import type { EngineSchedules } from '../engine/schedules.js';
import type { SweepLease } from '../state/sweep-lease.js';
import type { ScheduleEffects } from './schedule-effects.js';
import type { ScheduleStore, StoredSchedule } from './schedule-store.js';

/** What was wrong with a schedule of the engine. */
export type Drift = 'missing' | 'changed' | 'orphan';

export type ReconcilerOptions = {
  readonly engine: EngineSchedules;
  readonly store: ScheduleStore;
  readonly push: ScheduleEffects['push'];
  /** Runs work in the order of a flow's own events. */
  readonly inTurn: (schedule: StoredSchedule, work: () => Promise<void>) => Promise<void>;
  readonly lease: SweepLease;
  readonly taskQueue: string;
  readonly intervalMs: number;
  readonly onRepair: (drift: Drift) => void;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
};

export type Reconciler = {
  /** One pass now. @returns what it repaired; undefined when another process has the lease */
  readonly pass: () => Promise<readonly (readonly [scheduleId: string, drift: Drift])[] | undefined>;
  readonly close: () => Promise<void>;
};

/** A change this young may not have reached the engine, or its index. */
const SETTLED_MS = 10_000;
const NEVER_STOPPED = new AbortController().signal;
/** Schedules looked at in full in each pass, in turn; of all others the index entry is compared. */
const LOOKED_AT = 200;

/**
 * Compares what the engine holds with what it is to hold, both ways: what somebody removed or changed by hand comes
 * back, what belongs to no flow goes. One list of the engine's index for all of them, and a bounded number of looks.
 */
export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { lease, intervalMs, logger } = options;
  let turn = 0;

  const pass = async (signal: AbortSignal): ReturnType<Reconciler['pass']> => {
    if ((await lease.acquire(3 * intervalMs)) === undefined) return undefined;
    const repaired = await reconcileOnce(options, turn, signal);
    turn += LOOKED_AT;
    return repaired;
  };
  const onFault = (cause: unknown): void => {
    if (cause instanceof CallAbandoned) return;
    logger.warn({ err: cause }, 'schedules could not be compared with the engine; the next pass makes up for it');
  };
  const { close } = startPeriodic({ intervalMs, work: pass, onFault });
  return { pass: () => pass(NEVER_STOPPED), close };
}

async function reconcileOnce(
  options: ReconcilerOptions,
  turn: number,
  signal: AbortSignal,
): Promise<readonly (readonly [string, Drift])[]> {
  const { engine, store } = options;
  const desired = new Map((await store.active()).map((schedule) => [schedule.scheduleId, schedule]));
  const listed = new Set<string>();
  const suspects: StoredSchedule[] = [];
  const strangers: string[] = [];
  for await (const page of engine.list(signal)) {
    for (const { scheduleId, workflowType, looks } of page) {
      const wanted = desired.get(scheduleId);
      if (wanted === undefined) {
        if (workflowType === WORKFLOW_TYPE) strangers.push(scheduleId);
        continue;
      }
      listed.add(scheduleId);
      // Only what is not there is as it should be.
      if (wanted.refusal !== null) suspects.push(wanted);
      else if (looks !== (await engine.looksOf(wanted)).listed) suspects.push(wanted);
    }
  }
  const all = [...desired.values()].filter(({ refusal }) => refusal === null);
  suspects.push(...all.filter(({ scheduleId }) => !listed.has(scheduleId)), ...inTurns(all, turn));
  const repaired: (readonly [string, Drift])[] = [];
  for (const wanted of new Set(suspects)) {
    const drift = wanted.ageMs < SETTLED_MS ? undefined : await repairDrift(options, wanted, signal);
    if (drift !== undefined) repaired.push([wanted.scheduleId, drift]);
  }
  for (const scheduleId of strangers) {
    if (await removeOrphan(options, scheduleId, signal)) repaired.push([scheduleId, 'orphan']);
  }
  await store.forgetEnded();
  return repaired;
}

function inTurns(all: readonly StoredSchedule[], turn: number): readonly StoredSchedule[] {
  if (all.length <= LOOKED_AT) return all;
  const from = turn % all.length;
  return [...all.slice(from, from + LOOKED_AT), ...all.slice(0, Math.max(0, from + LOOKED_AT - all.length))];
}

/** The index is a little late, so the schedule itself is looked at before anything is done about it. */
async function repairDrift(
  { engine, store, push, inTurn, onRepair, logger }: ReconcilerOptions,
  wanted: StoredSchedule,
  signal: AbortSignal,
): Promise<Drift | undefined> {
  const { scheduleId } = wanted;
  const held = await engine.describe(scheduleId, signal);
  const isRight = wanted.refusal === null ? held?.looks === (await engine.looksOf(wanted)).held : held === undefined;
  if (isRight) return undefined;
  const drift = held === undefined ? 'missing' : 'changed';
  let isRepaired = false;
  await inTurn(wanted, async () => {
    // An event of the flow that came meanwhile explains the difference, and has been seen to.
    if ((await store.find(scheduleId))?.logOffset !== wanted.logOffset) return;
    try {
      await push(scheduleId, signal);
      isRepaired = true;
    } catch (cause) {
      if (cause instanceof CallAbandoned) throw cause;
      logger.error({ scheduleId, err: cause }, 'the engine refuses a schedule');
    }
  });
  if (!isRepaired) return undefined;
  onRepair(drift);
  logger.warn({ scheduleId, drift }, 'a schedule was not as the log has it; it is put right');
  return drift;
}

/** Only what starts runs on our own task queue is ours to remove. */
async function removeOrphan(
  { engine, store, push, taskQueue, onRepair, logger }: ReconcilerOptions,
  scheduleId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const isWanted = async (): Promise<boolean> => ((await store.find(scheduleId))?.crons.length ?? 0) > 0;
  const held = await engine.describe(scheduleId, signal);
  if (held?.taskQueue !== taskQueue || (await isWanted())) return false;
  await engine.remove(scheduleId, signal);
  // Published just now? What was removed comes back.
  if (await isWanted()) {
    await push(scheduleId, signal);
    return false;
  }
  onRepair('orphan');
  logger.warn({ scheduleId, drift: 'orphan' }, 'a schedule of no flow was removed');
  return true;
}
