import type { ReadPosition } from '@flowplane/contracts';
import { AppendFault, joinGroup, KafkaFault, type KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { makePace, pause, runLoop, type PaceOptions } from '@flowplane/plumbing/periodic';
import { isMissingSchema, type Pool } from '@flowplane/plumbing/postgres';
import { loadProgress, moveProgress, ProgressConflict, type Progress } from '../store/progress.js';
import { makeBatchBuffer, type BatchBuffer } from './batch-buffer.js';
import { commitBatch, type CommitPorts } from './commit-batch.js';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import { makeLag, type Lag } from './lag.js';
import type { Projection } from './projection.js';
import { LogReplaced, type Source } from './source.js';
import { tracedBatch } from './traced-batch.js';

export type ProjectionRunOptions<M> = {
  readonly projection: Projection<M>;
  readonly kafka: KafkaClient;
  readonly groupId: string;
  /** Topic whose partitions the group divides. */
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  readonly pool: Pool;
  readonly deadLetters: DeadLetters;
  readonly channel: string | undefined;
  /** Called with what the channel announces, in this process. */
  readonly onProgress?: CommitPorts<M>['onProgress'];
  /** Messages read ahead of the running transaction at most. */
  readonly maxBuffered?: number;
  /** True while something more urgent has much to do: reading then goes on slowly, but goes on. */
  readonly yieldsWhile?: () => boolean;
  /** How often it reads, so that what comes meanwhile gathers; default: at once. For what nobody waits for. */
  readonly pace?: PaceOptions;
  readonly logger: Logger;
  /** This projection has stopped for good: its log was replaced. */
  readonly onStopped: (projection: string) => void;
  /** Something that running on cannot cure. */
  readonly onFatal: (cause: unknown) => void;
};

export type Dependency = 'log' | 'store';

export type ProjectionRun = {
  readonly name: string;
  readonly lagSeconds: () => number;
  /** What the projection cannot go on without and does not reach; undefined while it goes on. */
  readonly missing: () => Dependency | undefined;
  readonly close: () => Promise<void>;
};

/** One membership generation: from an assignment to the next. */
type Assignment = {
  readonly partitions: readonly number[];
  readonly ended: boolean;
  /** Aborts at its end. */
  readonly signal: AbortSignal;
  onEnd: () => void;
  readonly end: () => void;
};

const POLL_WAIT_MS = 5000;
const DEFAULT_MAX_BUFFERED = 4000;
const YIELD_STEP_MS = 50;
const LONGEST_YIELD_MS = 2000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

/**
 * Runs a projection over the partitions its group gives this process, until closed. Reading goes on while a transaction
 * runs. Whatever fails, the next try begins with the progress as the tables have it: so a batch is written once.
 */
export function runProjection<M>(options: ProjectionRunOptions<M>): ProjectionRun {
  const { projection, logger } = options;
  const lag = makeLag();
  const source = projection.openSource();
  let assignment: Assignment = newAssignment([]);
  let missing: Dependency | undefined = 'log';

  const begin = (partitions: readonly number[]): void => {
    assignment.end();
    assignment = newAssignment(partitions);
    lag.keep(partitions);
    loop.wake();
  };
  const member = joinGroup(
    options.kafka,
    { groupId: options.groupId, topic: options.topic, sessionTimeoutMs: options.sessionTimeoutMs },
    {
      onAssigned: (partitions) => {
        missing = undefined;
        begin(partitions);
      },
      onLost: () => {
        missing = 'log';
        begin([]);
      },
    },
  );
  const ports: CommitPorts<M> = { ...options, topic: source.topic };

  const serve = async (mine: Assignment): Promise<void> => {
    projection.forget?.();
    const { positions, tables } = await goOn(options, source, mine.partitions);
    if (mine.ended) return;
    await source.assign(positions);
    const buffer = makeBatchBuffer<M>(positions, options.maxBuffered ?? DEFAULT_MAX_BUFFERED);
    mine.onEnd = buffer.close;
    missing = undefined;
    const failures: unknown[] = [];
    const guarded = async (work: Promise<void>): Promise<void> => {
      await work.catch((cause: unknown) => failures.push(cause));
      mine.end();
    };
    await Promise.all([
      guarded(read(source, buffer, mine, lag, options)),
      guarded(write({ ...ports, tables }, buffer, mine, lag.written)),
    ]);
    if (failures.length > 0) throw failures[0];
  };

  const loop = runLoop({
    round: async () => {
      // The same generation goes on with a new assignment.
      if (assignment.ended) begin(assignment.partitions);
      return assignment.partitions.length === 0 ? 'idle' : serve(assignment);
    },
    backoff: { firstMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS },
    onFault: (cause, pauseMs) => {
      if (isMissingSchema(cause)) {
        options.onFatal(cause);
        return 'stop';
      }
      if (cause instanceof LogReplaced) {
        // The read models stay as they are, and are read: to end the process would only take the queries away as well.
        missing = undefined;
        options.onStopped(projection.name);
        logger.error(
          { alert: 'projection-stopped', err: cause, projection: projection.name },
          'a projection cannot go on',
        );
        return 'stop';
      }
      missing = cause instanceof ProgressConflict ? undefined : dependencyBehind(cause);
      logger.warn(
        { err: cause, projection: projection.name, pauseMs },
        'projection interrupted; it starts again from its progress',
      );
      return undefined;
    },
  });

  return {
    name: projection.name,
    lagSeconds: () => lag.seconds(Date.now()),
    missing: () => missing,
    close: async () => {
      const closed = loop.close();
      begin([]);
      await Promise.all([member.leave(), closed]);
      await source.close();
    },
  };
}

/** Where to read on, after the tables have been brought there where the topic no longer has what comes next. */
async function goOn<M>(
  { pool, projection }: ProjectionRunOptions<M>,
  source: Source<M>,
  partitions: readonly number[],
): Promise<Pick<Progress, 'positions' | 'tables'>> {
  const topicId = await source.topicId();
  const progress = await loadProgress(pool, projection.name, partitions, topicId);
  const from = await source.goOnFrom(progress);
  const { positions, ofAnotherTopic, tables } = progress;
  const isChanged = (partition: number, { offset }: ReadPosition): boolean =>
    ofAnotherTopic.has(partition) || positions.get(partition)?.offset !== offset;
  const changed = new Map([...from].filter(([partition, position]) => isChanged(partition, position)));
  if (changed.size > 0) await moveProgress(pool, projection.name, topicId, changed);
  return { positions: from, tables };
}

const dependencyBehind = (cause: unknown): Dependency =>
  cause instanceof KafkaFault || cause instanceof AppendFault ? 'log' : 'store';

const noop = (): void => {};
const never = (): boolean => false;

function newAssignment(partitions: readonly number[]): Assignment {
  const ending = new AbortController();
  const { signal } = ending;
  const assignment: Assignment = {
    partitions,
    signal,
    get ended() {
      return signal.aborted;
    },
    onEnd: noop,
    end: () => {
      ending.abort();
      assignment.onEnd();
    },
  };
  return assignment;
}

async function read<M>(
  source: Source<M>,
  buffer: BatchBuffer<M>,
  assignment: Assignment,
  lag: Lag,
  { yieldsWhile: yieldsNow = never, ...options }: Pick<ProjectionRunOptions<M>, 'yieldsWhile' | 'pace'>,
): Promise<void> {
  const pace = options.pace === undefined ? undefined : makePace(options.pace);
  while (!assignment.ended) {
    await buffer.room();
    for (
      let yieldedMs = 0;
      yieldsNow() && yieldedMs < LONGEST_YIELD_MS && !assignment.ended;
      yieldedMs += YIELD_STEP_MS
    ) {
      await pause(YIELD_STEP_MS);
    }
    const waitMs = pace?.waitMs() ?? 0;
    if (waitMs > 0) await pause(waitMs, assignment.signal);
    const slices = await source.poll(POLL_WAIT_MS, assignment.signal);
    if (assignment.ended) return;
    if (slices.length > 0) pace?.turn(slices.some(({ position, endOffset }) => position.offset < endOffset));
    for (const { partition, position, endOffset, items } of slices) {
      lag.read(partition, position.offset, endOffset, items[0]?.timestamp ?? 0);
    }
    buffer.add(slices);
  }
}

async function write<M>(
  ports: CommitPorts<M>,
  buffer: BatchBuffer<M>,
  assignment: Assignment,
  onWritten: (partition: number, offset: number, recordTimeMs: number) => void,
): Promise<void> {
  while (!assignment.ended) {
    const batch = await buffer.take();
    if (batch.length === 0) return;
    const written = await tracedBatch(ports.projection, batch, () => commitBatch(ports, batch));
    for (const { partition, to, items } of batch) onWritten(partition, to.offset, items.at(-1)?.timestamp ?? 0);
    ports.projection.onCommitted?.(written);
  }
}
