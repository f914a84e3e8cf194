import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FencedProducer } from '@flowplane/plumbing/kafka';
import type { HaltedPartitions } from '@flowplane/runtime/consume';
import { openCommandSource, type CommandSource } from './command-source.js';
import { decideRecord } from './decide-record.js';
import { Stopped, Superseded } from './errors.js';
import type { DeciderPorts } from './ports.js';
import type { Leader } from './records.js';
import { makeEventWriter, type EventWriter } from './writer.js';
import { makeOutbox, type Outbox } from './outbox.js';
import type { Recovered } from './recovery.js';
import { makeSignal } from './signal.js';
import { makeAcknowledgements, makeSnapshotWriter } from './snapshots.js';

/** The part of a term that decides. */
export type Deciding = {
  /** Ends after `finish`; otherwise throws what ended it. */
  readonly run: () => Promise<void>;
  /** Decides nothing more; what is decided is still written. */
  readonly finish: () => void;
  /** At once: connections are cut, what is under way may or may not arrive. */
  readonly stop: () => void;
  /**
   * Has an owner with nothing under way look at the partition's end (event-log 3), unless it is where this owner expects it.
   *
   * @param end as the broker has just said; undefined: it did not
   */
  readonly checkEnd: (end: number | undefined) => void;
  readonly writeSnapshot: () => Promise<void>;
};

/** Commands decided before the event loop gets its turn. */
const SLICE_COMMANDS = 200;

/** What the loop works on; the flags are set from outside. */
type Work = {
  readonly ports: DeciderPorts;
  readonly recovered: Recovered;
  readonly owner: string;
  readonly source: CommandSource;
  readonly writer: EventWriter;
  readonly outbox: Outbox;
  readonly halted: HaltedPartitions;
  finishing: boolean;
  stopped: boolean;
  endCheckDue: boolean;
};

/** Decides from the first command the log does not know an outcome of. */
export function startDeciding(
  ports: DeciderPorts,
  partition: number,
  recovered: Recovered,
  leader: Leader,
  producer: FencedProducer,
): Deciding {
  const { fold, reader, key, snapshotBase } = recovered;
  const wake = makeSignal();
  const acknowledgements = makeAcknowledgements(fold);
  const nextCommand = fold.lastCommandOffset + 1;
  const source = openCommandSource(ports.kafka, ports.topics.commands, partition, nextCommand, wake.notify);
  const writer = makeEventWriter({
    fold,
    reader,
    partition,
    producer,
    owner: leader.owner,
    faults: ports.faults,
    onAcknowledged: ({ outcomes }, asExpected) => {
      for (const { type, outcome } of outcomes) ports.metrics.decided(type, outcome);
      acknowledgements.settle(asExpected);
    },
    onSettled: wake.notify,
  });
  const outbox = makeOutbox(leader);
  const flags = { finishing: false, stopped: false, endCheckDue: false };
  const halted = ports.halted();
  const work: Work = { ports, recovered, owner: leader.owner, source, writer, outbox, halted, ...flags };
  const decidedEnd = (): number => fold.position.offset + writer.inFlight() + outbox.waiting();
  const snapshotSource = { fold, decidedEnd, watch: acknowledgements.watch };
  const snapshots = makeSnapshotWriter(ports.snapshots, key, snapshotSource, snapshotBase, ports.logger);
  const set = (what: 'finishing' | 'stopped' | 'endCheckDue'): void => {
    work[what] = true;
    wake.notify();
  };
  return {
    run: async () => {
      try {
        for (let next = await step(work); next !== 'done'; next = await step(work)) {
          await (next === 'goOn' ? nextTurn() : wake.wait());
        }
        await snapshots.write();
      } finally {
        acknowledgements.abandon();
        halted.clear();
        source.close();
      }
    },
    finish: () => set('finishing'),
    stop: () => {
      source.close();
      set('stopped');
    },
    checkEnd: (end) => {
      const decided = decidedEnd();
      const isUnderWay = decided > fold.position.offset;
      if (end === decided || (isUnderWay && end !== undefined && end < decided)) return;
      set('endCheckDue');
    },
    writeSnapshot: snapshots.write,
  };
}

/**
 * One round: decide some, then send what is decided unless a batch is under way; decisions go on meanwhile, on the
 * state that this batch will have made true.
 */
async function step(work: Work): Promise<'goOn' | 'wait' | 'done'> {
  const { writer } = work;
  if (work.stopped) throw new Stopped();
  writer.check();
  const worked = work.finishing ? false : await decideSlice(work);
  if (writer.isBusy()) return worked ? 'goOn' : 'wait';
  const batch = work.outbox.take();
  if (batch !== undefined) writer.send(batch);
  else if (work.finishing) return 'done';
  else if (work.endCheckDue) await checkEnd(work);
  return worked ? 'goOn' : 'wait';
}

/** @returns whether there was anything to decide, and room for it */
async function decideSlice(work: Work): Promise<boolean> {
  const { ports, recovered, source, outbox, halted } = work;
  if (halted.count() > 0) return false;
  for (let decided = 0; decided < SLICE_COMMANDS; decided++) {
    if (outbox.isFull()) return decided > 0;
    const record = source.next();
    if (record === undefined) return decided > 0;
    const outcome = decideRecord(recovered.fold, record, ports);
    if (outcome.kind === 'decided') outbox.add(record.offset, outcome);
    else if (outcome.kind === 'newer') {
      halted.halt(record.partition, record.offset, outcome.cause);
      return decided > 0;
    } else {
      // Nothing is decided behind a record that is neither decided nor safe with the dead letters.
      const { partition, offset } = record;
      const origin = { topic: ports.topics.commands, partition, offset };
      await ports.deadLetters.send([{ consumer: 'decider', reason: outcome.reason, record, origin }]);
      passOver(work, record.offset);
    }
  }
  return true;
}

/** A dead letter leaves no record in the log; the command behind it will carry the place past it. */
function passOver({ outbox, writer, recovered: { fold } }: Work, offset: number): void {
  if (!outbox.passOver(offset) && !writer.isBusy()) fold.lastCommandOffset = offset;
}

async function checkEnd(work: Work): Promise<void> {
  const { recovered, owner } = work;
  work.endCheckDue = false;
  await recovered.reader.judgeNew();
  if (recovered.fold.position.owner !== owner) throw new Superseded();
}
