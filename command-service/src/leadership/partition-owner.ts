import { KafkaFault, OffsetOutOfRange, ProducerFenced } from '@flowplane/plumbing/kafka';
import { runLoop } from '@flowplane/plumbing/periodic';
import { DeciderFatal, Stopped, Superseded } from './decider-fatal.js';
import type { DeciderPorts } from './decider-ports.js';
import { makeReign, type Reign } from './reign.js';
import { makeSignal } from './signal.js';

/** Keeps one partition decided for as long as it is ours: a reign that fails is followed by the next. */
export type PartitionOwner = {
  readonly partition: number;
  readonly onHeartbeat: () => void;
  /** At once, without a word. */
  readonly stop: () => void;
  /** Orderly; resolves when the last batch is in the log. */
  readonly finish: () => Promise<void>;
  readonly isDeciding: () => boolean;
  readonly nextCommandOffset: () => number | undefined;
};

const BACKOFF = { firstMs: 50, maxMs: 2000 };
/** A reign that lasted this long was a good one: the next failure starts with the shortest wait again. */
const GOOD_REIGN_MS = 5000;

/** @param onFatal told once when deciding must end for good; the owner has stopped by then */
export function ownPartition(ports: DeciderPorts, partition: number, onFatal: (cause: Error) => void): PartitionOwner {
  let reign: Reign | undefined;
  let hasFailed = false;
  const heartbeat = makeSignal();

  const beginReign = async (signal: AbortSignal): Promise<void> => {
    if (hasFailed) await membershipConfirmed();
    if (signal.aborted) return;
    reign = makeReign(ports, partition);
    await reign.run().finally(() => (reign = undefined));
    throw new Error('a reign ended by itself');
  };
  /**
   * Marks again only after a heartbeat later than the failure (event-log 3): who lost the membership hears of it first.
   */
  const membershipConfirmed = async (): Promise<void> => {
    heartbeat.clear();
    await heartbeat.wait();
  };
  const loop = runLoop({
    round: beginReign,
    backoff: BACKOFF,
    goodAfterMs: GOOD_REIGN_MS,
    onFault: (cause) => {
      hasFailed = true;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      if (mayTryAgain(error)) return report(ports, partition, error);
      onFatal(error);
      return 'stop';
    },
  });
  const snapshotTimer = setInterval(() => void reign?.writeSnapshot(), ports.snapshotIntervalMs);
  snapshotTimer.unref();
  const end = (): Promise<void> => {
    clearInterval(snapshotTimer);
    const closed = loop.close();
    heartbeat.notify();
    return closed;
  };
  return {
    partition,
    onHeartbeat: () => {
      heartbeat.notify();
      reign?.onHeartbeat();
    },
    stop: () => {
      void end();
      reign?.stop();
    },
    finish: async () => {
      const closed = end();
      reign?.finish();
      await closed;
    },
    isDeciding: () => reign?.isDeciding() ?? false,
    nextCommandOffset: () => reign?.nextCommandOffset(),
  };
}

/** Broker and network faults pass, and being superseded is answered by marking anew. A bug or a lost log is neither. */
function mayTryAgain(error: Error): boolean {
  if (error instanceof DeciderFatal || error instanceof OffsetOutOfRange) return false;
  if (error instanceof Superseded || error instanceof Stopped || error instanceof ProducerFenced) return true;
  if (error instanceof KafkaFault) return true;
  return error.name === 'AppendFault';
}

function report({ logger, metrics }: DeciderPorts, partition: number, error: Error): void {
  const superseded = error instanceof Superseded || error instanceof ProducerFenced;
  metrics.reign(superseded ? 'superseded' : 'failed');
  const code = error instanceof KafkaFault ? error.code : error.name;
  logger.warn({ partition, code, reason: error.message }, superseded ? 'superseded' : 'a reign failed');
}
