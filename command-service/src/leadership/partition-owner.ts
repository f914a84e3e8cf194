import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaFault, OffsetOutOfRange, ProducerFenced } from '@flowplane/plumbing/kafka';
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

const BACK_OFF_FIRST_MS = 50;
const BACK_OFF_MAX_MS = 2000;
/** A reign that lasted this long was a good one: the next failure starts with the shortest wait again. */
const GOOD_REIGN_MS = 5000;

/** @param onFatal told once when deciding must end for good; the owner has stopped by then */
export function ownPartition(ports: DeciderPorts, partition: number, onFatal: (cause: Error) => void): PartitionOwner {
  let reign: Reign | undefined;
  let over = false;
  const heartbeat = makeSignal();
  const ending = new AbortController();

  const live = async (): Promise<void> => {
    for (let failures = 0; !over; failures++) {
      const begunAt = performance.now();
      reign = makeReign(ports, partition);
      const end = await reign.run().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
      reign = undefined;
      if (over) return;
      if (end === undefined || !mayTryAgain(end)) {
        over = true;
        onFatal(end ?? new Error('a reign ended by itself'));
        return;
      }
      report(ports, partition, end);
      if (performance.now() - begunAt > GOOD_REIGN_MS) failures = 0;
      const backOffMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** Math.min(failures, 10));
      await sleep(backOffMs, undefined, { signal: ending.signal }).catch(() => undefined);
      await membershipConfirmed();
    }
  };
  /**
   * Marks again only after a heartbeat later than the failure (event-log 3): who lost the membership hears of it first.
   */
  const membershipConfirmed = async (): Promise<void> => {
    if (over) return;
    heartbeat.clear();
    await heartbeat.wait();
  };
  const snapshotTimer = setInterval(() => void reign?.writeSnapshot(), ports.snapshotIntervalMs);
  snapshotTimer.unref();
  const done = live().finally(() => clearInterval(snapshotTimer));
  const end = (): void => {
    over = true;
    ending.abort();
    heartbeat.notify();
  };
  return {
    partition,
    onHeartbeat: () => {
      heartbeat.notify();
      reign?.onHeartbeat();
    },
    stop: () => {
      end();
      reign?.stop();
    },
    finish: async () => {
      end();
      reign?.finish();
      await done;
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
