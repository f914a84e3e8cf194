import { UnknownSchema } from '@flowplane/contracts';
import { KafkaFault, OffsetOutOfRange, ProducerFenced } from '@flowplane/plumbing/kafka';
import { runLoop } from '@flowplane/plumbing/periodic';
import { DeciderFatal, Stopped, Superseded } from './errors.js';
import type { DeciderPorts } from './ports.js';
import { makeTerm, type Term } from './term.js';
import { makeSignal } from './signal.js';

/** Leads one partition for as long as it is ours: a term that fails is followed by the next. */
export type PartitionOwner = {
  readonly partition: number;
  /** The group's coordinator acknowledged that we are a member. */
  readonly onHeartbeat: () => void;
  /** The partition of the events ends there, as the broker has just said; undefined: it did not. */
  readonly checkEnd: (end: number | undefined) => void;
  /** At once; nothing more is written. */
  readonly stop: () => void;
  /** Orderly; resolves when the last batch is in the log. */
  readonly finish: () => Promise<void>;
  readonly isDeciding: () => boolean;
  readonly nextCommandOffset: () => number | undefined;
};

const BACKOFF = { firstMs: 50, maxMs: 2000 };
/** After a term that lasted this long the next failure starts with the shortest wait again. */
const GOOD_TERM_MS = 5000;

/** @param onFatal called once when deciding must end for good; the owner has stopped by then */
export function ownPartition(ports: DeciderPorts, partition: number, onFatal: (cause: Error) => void): PartitionOwner {
  let term: Term | undefined;
  let hasFailed = false;
  const heartbeat = makeSignal();

  const beginTerm = async (signal: AbortSignal): Promise<void> => {
    if (hasFailed) await membershipConfirmed();
    if (signal.aborted) return;
    term = makeTerm(ports, partition);
    await term.run().finally(() => (term = undefined));
    throw new Error('a term ended by itself');
  };
  /**
   * The next claim waits for a heartbeat later than the failure (event-log 3): a lost membership is known by then.
   */
  const membershipConfirmed = async (): Promise<void> => {
    heartbeat.clear();
    await heartbeat.wait();
  };
  const loop = runLoop({
    round: beginTerm,
    backoff: BACKOFF,
    goodAfterMs: GOOD_TERM_MS,
    onFault: (cause) => {
      hasFailed = true;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      if (mayTryAgain(error)) return report(ports, partition, error);
      onFatal(error);
      return 'stop';
    },
  });
  const snapshotTimer = setInterval(() => void term?.writeSnapshot(), ports.snapshotIntervalMs);
  snapshotTimer.unref();
  const end = (): Promise<void> => {
    clearInterval(snapshotTimer);
    const closed = loop.close();
    heartbeat.notify();
    return closed;
  };
  return {
    partition,
    onHeartbeat: heartbeat.notify,
    checkEnd: (end) => term?.checkEnd(end),
    stop: () => {
      void end();
      term?.stop();
    },
    finish: async () => {
      const closed = end();
      term?.finish();
      await closed;
    },
    isDeciding: () => term?.isDeciding() ?? false,
    nextCommandOffset: () => term?.nextCommandOffset(),
  };
}

/**
 * Broker and network faults pass, an owner that was superseded may claim again, and an event of a newer release waits
 * for a process that knows it. A bug or a lost log is none of these.
 */
function mayTryAgain(error: Error): boolean {
  if (error instanceof DeciderFatal || error instanceof OffsetOutOfRange) return false;
  if (error instanceof Superseded || error instanceof Stopped || error instanceof ProducerFenced) return true;
  if (error instanceof KafkaFault || error instanceof UnknownSchema) return true;
  return error.name === 'AppendFault';
}

function report({ logger, metrics }: DeciderPorts, partition: number, error: Error): void {
  const superseded = error instanceof Superseded || error instanceof ProducerFenced;
  metrics.term(superseded ? 'superseded' : 'failed');
  if (error instanceof UnknownSchema) {
    const { fingerprint } = error;
    logger.error({ alert: 'halted-partition', consumer: 'decider', partition, fingerprint }, error.message);
    return;
  }
  const code = error instanceof KafkaFault ? error.code : error.name;
  logger.warn({ partition, code, reason: error.message }, superseded ? 'superseded' : 'a term failed');
}
