import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaFault, OffsetOutOfRange, ProducerFenced } from '@flowplane/plumbing/kafka';
import { DeciderFatal, Stopped, Superseded } from './errors.js';
import type { DeciderPorts } from './ports.js';
import { makeTerm, type Term } from './term.js';
import { makeSignal } from './signal.js';

/** Leads one partition for as long as it is ours: a term that fails is followed by the next. */
export type PartitionOwner = {
  readonly partition: number;
  readonly onHeartbeat: () => void;
  /** At once; nothing more is written. */
  readonly stop: () => void;
  /** Orderly; resolves when the last batch is in the log. */
  readonly finish: () => Promise<void>;
  readonly isDeciding: () => boolean;
  readonly nextCommandOffset: () => number | undefined;
};

const BACK_OFF_FIRST_MS = 50;
const BACK_OFF_MAX_MS = 2000;
/** After a term that lasted this long the next failure starts with the shortest wait again. */
const GOOD_TERM_MS = 5000;

/** @param onFatal called once when deciding must end for good; the owner has stopped by then */
export function ownPartition(ports: DeciderPorts, partition: number, onFatal: (cause: Error) => void): PartitionOwner {
  let term: Term | undefined;
  let over = false;
  const heartbeat = makeSignal();
  const ending = new AbortController();

  const live = async (): Promise<void> => {
    for (let failures = 0; !over; failures++) {
      const begunAt = performance.now();
      term = makeTerm(ports, partition);
      const end = await term.run().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
      term = undefined;
      if (over) return;
      if (end === undefined || !mayTryAgain(end)) {
        over = true;
        onFatal(end ?? new Error('a term ended by itself'));
        return;
      }
      report(ports, partition, end);
      if (performance.now() - begunAt > GOOD_TERM_MS) failures = 0;
      const backOffMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** Math.min(failures, 10));
      await sleep(backOffMs, undefined, { signal: ending.signal }).catch(() => undefined);
      await membershipConfirmed();
    }
  };
  /**
   * The next claim waits for a heartbeat later than the failure (event-log 3): a lost membership is known by then.
   */
  const membershipConfirmed = async (): Promise<void> => {
    if (over) return;
    heartbeat.clear();
    await heartbeat.wait();
  };
  const snapshotTimer = setInterval(() => void term?.writeSnapshot(), ports.snapshotIntervalMs);
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
      term?.onHeartbeat();
    },
    stop: () => {
      end();
      term?.stop();
    },
    finish: async () => {
      end();
      term?.finish();
      await done;
    },
    isDeciding: () => term?.isDeciding() ?? false,
    nextCommandOffset: () => term?.nextCommandOffset(),
  };
}

/** Broker and network faults pass, and an owner that was superseded may claim again. A bug or a lost log is neither. */
function mayTryAgain(error: Error): boolean {
  if (error instanceof DeciderFatal || error instanceof OffsetOutOfRange) return false;
  if (error instanceof Superseded || error instanceof Stopped || error instanceof ProducerFenced) return true;
  if (error instanceof KafkaFault) return true;
  return error.name === 'AppendFault';
}

function report({ logger, metrics }: DeciderPorts, partition: number, error: Error): void {
  const superseded = error instanceof Superseded || error instanceof ProducerFenced;
  metrics.term(superseded ? 'superseded' : 'failed');
  const code = error instanceof KafkaFault ? error.code : error.name;
  logger.warn({ partition, code, reason: error.message }, superseded ? 'superseded' : 'a term failed');
}
