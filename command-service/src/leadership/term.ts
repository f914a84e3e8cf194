import { randomUUID } from 'node:crypto';
import { makeFencedProducer, type FencedProducer } from '@flowplane/plumbing/kafka';
import { Stopped, Superseded } from './errors.js';
import { startDeciding, type Deciding } from './loop.js';
import type { DeciderPorts } from './ports.js';
import { claimRecord, type Leader } from './records.js';
import { recover, type Recovered } from './recovery.js';

/** One term of leadership over a partition: recovery, claim, decisions, end. */
export type Term = {
  /** Ends after `finish`; otherwise throws what ended it (`Stopped` after `stop`). */
  readonly run: () => Promise<void>;
  /** At once: connections are cut, what is under way may or may not arrive. */
  readonly stop: () => void;
  /** Decides nothing more, waits for what is under way, writes a last snapshot. */
  readonly finish: () => void;
  /** See `Deciding`. */
  readonly checkEnd: (end: number | undefined) => void;
  readonly writeSnapshot: () => Promise<void>;
  readonly isDeciding: () => boolean;
  /** Offset of the first command without an outcome in the log, for lag tools; undefined: not known yet. */
  readonly nextCommandOffset: () => number | undefined;
};

export function makeTerm(ports: DeciderPorts, partition: number): Term {
  let recovered: Recovered | undefined;
  let deciding: Deciding | undefined;
  let stopped = false;
  let cutWriter: (() => void) | undefined;

  const cut = (): void => {
    deciding?.stop();
    cutWriter?.();
    recovered?.reader.close();
  };
  const run = async (): Promise<void> => {
    const startedAt = performance.now();
    recovered = await recover(ports, partition, () => stopped);
    if (stopped) throw new Stopped();
    const recoveredAt = performance.now();
    const { leader, producer } = await claim(ports, partition, recovered);
    cutWriter = producer.close;
    if (stopped) throw new Stopped();
    ports.metrics.term('begun');
    const { fold, snapshotBase } = recovered;
    ports.logger.info(
      {
        partition,
        ...leader,
        offset: fold.position.offset,
        snapshotBase,
        recoveryMs: Math.round(recoveredAt - startedAt),
        claimMs: Math.round(performance.now() - recoveredAt),
      },
      'deciding',
    );
    deciding = startDeciding(ports, partition, recovered, leader, producer);
    await deciding.run();
  };
  return {
    run: async () => {
      try {
        await run();
      } finally {
        cut();
        deciding = undefined;
      }
    },
    stop: () => {
      stopped = true;
      cut();
    },
    finish: () => {
      if (deciding === undefined) stopped = true;
      else deciding.finish();
    },
    checkEnd: (end) => deciding?.checkEnd(end),
    writeSnapshot: async () => deciding?.writeSnapshot(),
    isDeciding: () => deciding !== undefined,
    nextCommandOffset: () => (deciding === undefined ? undefined : (recovered?.fold.lastCommandOffset ?? -1) + 1),
  };
}

type Claimed = { readonly leader: Leader; readonly producer: FencedProducer };

/**
 * Begins a term (event-log 1): takes the producer id over, appends the claim and folds up to it. The owner has a new
 * name in each term, so that late writes of an earlier term of this same process do not count either.
 *
 * @throws Superseded when another claim came first
 * @throws KafkaFault, AppendFault, Stopped
 */
async function claim(ports: DeciderPorts, partition: number, recovered: Recovered): Promise<Claimed> {
  const { kafka, topics, faults } = ports;
  const { fold, reader, commandsTopicId } = recovered;
  const leader: Leader = { epoch: fold.position.epoch + 1, owner: randomUUID() };
  faults('before-marker', partition);
  const transactionalId = `${topics.events}-${partition}`;
  const producer = await makeFencedProducer(kafka, { topic: topics.events, partition, transactionalId });
  try {
    faults('after-fence', partition);
    const record = claimRecord({ ...leader, partition, commandsTopicId, startedAt: Date.now() });
    const { baseOffset } = await producer.send([record]);
    faults('after-marker', partition);
    await reader.readTo(baseOffset + 1);
    if (fold.position.owner !== leader.owner) throw new Superseded();
    return { leader, producer };
  } catch (error) {
    producer.close();
    throw error;
  }
}
