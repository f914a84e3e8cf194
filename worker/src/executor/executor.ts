import { endOffsets, joinGroup, makeBatchProducer, makeDirectReader } from '@flowplane/plumbing/kafka';
import { openDeadLetters } from '@flowplane/runtime/dead-letters';
import { startPeriodic } from '@flowplane/plumbing/periodic';
import { RUN_PACE } from '@flowplane/runtime/pace';
import { closedAmong } from '@flowplane/runtime/read-model';
import { makeByteLimiter } from '@flowplane/plumbing/limiter';
import { makeCloser } from './closing/closer.js';
import {
  asDeadLetter,
  closedBy,
  doneSince,
  drainPortsOf,
  missingOf,
  readerOfEvents,
  seenFramesOf,
  templatePortsOf,
} from './executor-parts.js';
import type { ExecutorOptions } from './executor-options.js';
import { startSweeps } from './start-sweeps.js';
import { startRunsTail } from './closing/runs-tail.js';
import { makeEventsIntake } from './intake/events-intake.js';
import { makeEffects } from './intake/handle-event.js';
import { makeKeyedQueue } from './intake/keyed-queue.js';
import { makeTemplateRuns } from './intake/template-runs.js';
import { observeExecutor } from './observe.js';
import { batchedClosedCheck } from './read-model/batched-closed-check.js';
import { makeSourceNodes } from './read-model/source-nodes.js';
import { makeVersions } from './read-model/versions.js';
import { makeReports } from './report/reports.js';
import { watchRefusals } from './schedules/refused-fires.js';
import { makeScheduleEffects } from './schedules/schedule-effects.js';
import { makeScheduleStore } from './schedules/schedule-store.js';
import { makePositions } from './state/positions.js';
import { drainTenant } from './teardown/drain-tenant.js';

export type Executor = {
  /** Ends membership, lets what is in hand end, and stops. */
  readonly close: () => Promise<void>;
};

const DRAIN_MS = 5000;
/** Committed offsets serve lag tools only. */
const COMMIT_INTERVAL_MS = 5000;

/** Wires intake, closing and sweep over what the process opened. */
export function startExecutor(options: ExecutorOptions): Executor {
  const { kafka, topics, partitions, engine, logger, atFaultPoint, store, readPool, progress } = options;
  const { now } = Date;
  const commands = makeBatchProducer(kafka, { topic: topics.commands, pace: RUN_PACE });
  const runsProducer = makeBatchProducer(kafka, { topic: topics.runs, pace: RUN_PACE });
  const deadLetters = openDeadLetters({ kafka, topic: topics.deadLetters, logger, metrics: options.metrics });
  const reports = makeReports({ commands, runs: runsProducer, deadLetters, partitions, now, logger });
  const versions = makeVersions({ readPool, progress });
  const sources = makeSourceNodes({ readPool, progress, store });
  const closedRuns = (executionIds: readonly string[]) => closedAmong(readPool, executionIds);
  const seen = seenFramesOf(options);
  const queue = makeKeyedQueue();
  const closing = {
    ...{ engine, versions, reports, store, seen, queue, atFaultPoint, now, logger },
    ...closedBy(options, seen),
    codecs: options.codecs,
    inlineMaxBytes: options.inlineMaxBytes,
    bytes: makeByteLimiter(options.closeMaxBytes),
  };
  const templatePorts = templatePortsOf(options, commands);
  const closer = makeCloser({ ...closing, maxConcurrent: options.closeConcurrency });
  const drain = drainPortsOf(options, closing, templatePorts);
  const counters = observeExecutor(options.metrics, { engine, closer, intake: () => intake });
  const scheduleStore = makeScheduleStore(options.statePool);
  const schedules = makeScheduleEffects({
    ...{ engine: engine.schedules, store: scheduleStore, logger },
    maxCatchupFires: options.maxCatchupFires,
  });
  const refusals = watchRefusals({
    ...{ store: scheduleStore, maxRefusals: options.maxRefusedFires, logger },
    pause: ({ flowId }, cause, signal) => reports.pause(flowId, cause, signal),
  });
  const lost = { engine, reports, now, logger, missing: missingOf(store) };
  const effects = makeEffects({
    ...{ ...lost, schedules, refusals, versions, sources, atFaultPoint },
    onOver: closer.hint,
    isClosed: batchedClosedCheck(closedRuns),
    tokenSecret: options.tokenSecret,
    limits: options.limits,
    drain: (fence, signal) => drainTenant(drain, fence, signal),
    templateRuns: makeTemplateRuns(templatePorts),
    onStarted: counters.started,
    onClosed: counters.closed,
  });
  const reader = readerOfEvents(options);
  const positions = makePositions(options.statePool, topics.events);
  const intake = makeEventsIntake({
    ...{ reader, effects, queue, logger },
    positions,
    doneSince: doneSince(options),
    fromStart: options.fromStart,
    setAside: asDeadLetter(deadLetters, topics.events),
    setAsideAfterMs: options.setAsideAfterMs,
    fatal: options.fatal,
  });
  const tailReader = makeDirectReader(kafka, { topic: topics.runs });
  const tail = startRunsTail({
    reader: tailReader,
    endOffsets: (wanted) => endOffsets(kafka, topics.runs, wanted),
    onFrame: (frame, offset) => {
      seen.see(frame, offset);
      if (frame.type === 'RunEnding') closer.hint(frame.data.executionId);
    },
    onMissed: () => seen.missed(now()),
    logger,
  });
  const sweeps = startSweeps(options, {
    ...{ lost, lostTemplateRuns: templatePorts, closer, queue, positions, schedules, scheduleStore },
    onRepair: counters.repaired,
  });
  // Partitions of the runs topic are divided as those of the events topic are: both have the same numbers.
  const assign = (mine: readonly number[]): void => {
    versions.forgetAll();
    intake.assign(mine);
    tail.assign(mine);
  };
  const member = joinGroup(
    kafka,
    { groupId: options.groupId, topic: topics.events, sessionTimeoutMs: options.groupSessionMs },
    { onAssigned: assign, onLost: intake.suspend },
  );
  const lagTools = startPeriodic({
    intervalMs: COMMIT_INTERVAL_MS,
    work: () => member.commit(intake.committed()),
    onFault: (cause) => logger.debug({ err: cause }, 'offset commit failed'),
  });

  return {
    close: async () => {
      await Promise.all([sweeps.close(), lagTools.close()]);
      await intake.close(DRAIN_MS);
      closer.stop();
      await tail.close();
      await member.leave();
      await Promise.all([commands.close(), runsProducer.close(), deadLetters.close()]);
      await Promise.all([reader.close(), tailReader.close()]);
    },
  };
}
