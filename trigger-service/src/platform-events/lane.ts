import type { LogRecord } from '@flowplane/plumbing/kafka';
import { keepTrying } from '@flowplane/plumbing/periodic';
import type { EventRegistration } from '@flowplane/runtime/read-model';
import type { ListenedTopic } from './event-registration.js';
import type { Judgement } from './judge-record.js';
import { AWAY, makeRecordStarts, type LanePorts, type RecordOutcome, type Sent, type Start } from './record-starts.js';
import { sendInOrder } from './send-commands.js';
import { makeUnsettled } from './unsettled.js';

/** The records of one partition for one trigger, on their way to runs. */
export type Lane = {
  /** Offset of the next record to be taken. */
  readonly next: () => number;
  /** Every record below is decided for good. */
  readonly position: () => number;
  /** As many records are under way, or deferred, as may be: no more are taken. */
  readonly isFull: () => boolean;
  /** Records in the order of offsets, none below `next`. */
  readonly take: (records: readonly LogRecord[]) => void;
  /** Nothing below this offset is still to be taken. */
  readonly pass: (offset: number) => void;
  /** The registration as a later publish has it. */
  readonly update: (registration: EventRegistration) => void;
  /** Ends everything under way; what was not decided is for the next owner. Synchronous. */
  readonly close: () => void;
};

const MAX_WAVE_RECORDS = 200;
const MAX_WAVE_BYTES = 800_000;

/**
 * Sends the starts of a partition in the order of offsets, which is what the decider's marks are exact by: a wave of
 * records is appended as one batch, and the next only when the log has it. Outcomes come back by themselves, many
 * at a time. A start that a quota refuses is sent again on its own, and holds up nobody.
 *
 * @param from position to go on from
 */
export function openLane(
  ports: LanePorts,
  place: { readonly registration: EventRegistration; readonly topic: ListenedTopic; readonly partition: number },
  from: number,
): Lane {
  const { topic, partition } = place;
  let { registration } = place;
  const unsettled = makeUnsettled(from);
  const queue: LogRecord[] = [];
  const ending = new AbortController();
  const { signal } = ending;
  let isPumping = false;

  const guarded = (work: Promise<void>): void => {
    work.catch((cause: unknown) => (signal.aborted ? undefined : ports.onFatal(cause)));
  };
  const settle = (offset: number, outcome: RecordOutcome): void => {
    unsettled.settle(offset);
    ports.count(outcome);
  };
  const starting = makeRecordStarts(ports, {
    ...{ topic, partition, signal, settle, defer: unsettled.defer },
    registration: () => registration,
  });
  const tellOfNoJudgement = (err: unknown): void =>
    ports.logger.warn({ triggerId: registration.triggerId, err }, 'a record cannot be judged; trying again');
  const judged = (record: LogRecord): Promise<Judgement> =>
    keepTrying(() => ports.judge(registration, record), { backoff: AWAY, signal, onFault: tellOfNoJudgement });
  const sendWave = async (wave: readonly LogRecord[]): Promise<void> => {
    const judgements = await Promise.all(wave.map(judged));
    const starts = wave.flatMap((record, index): Start[] => {
      const judgement = judgements[index];
      return judgement?.kind === 'start' ? [{ record, judgement }] : [];
    });
    const sent = await Promise.all(starts.map((start) => starting.begin(start, 1)));
    const commands = sent.map(({ command }) => command);
    await sendInOrder(ports.send, commands, signal);
    if (signal.aborted) return;
    starts.forEach((start, index) => guarded(starting.follow(start, sent[index] as Sent)));
    // Only now: what settles a record says that all before it are in the log.
    wave.forEach((record, index) => {
      const judgement = judgements[index];
      if (judgement?.kind === 'dead') guarded(starting.poison(record, judgement.problem));
      if (judgement?.kind === 'drop') settle(record.offset, judgement.outcome);
    });
  };
  const pump = async (): Promise<void> => {
    isPumping = true;
    while (queue.length > 0 && !signal.aborted) await sendWave(nextWave(queue));
    isPumping = false;
  };
  return {
    next: unsettled.next,
    position: unsettled.position,
    isFull: unsettled.isFull,
    take: (records) => {
      for (const record of records) {
        if (record.offset < unsettled.next()) continue;
        unsettled.take(record.offset, record.value?.length ?? 0);
        queue.push(record);
      }
      if (!isPumping) guarded(pump());
    },
    pass: unsettled.pass,
    update: (next) => {
      registration = next;
    },
    close: () => {
      ending.abort();
      queue.length = 0;
      starting.drop();
    },
  };
}

function nextWave(queue: LogRecord[]): readonly LogRecord[] {
  let count = 0;
  let bytes = 0;
  while (count < Math.min(queue.length, MAX_WAVE_RECORDS)) {
    bytes += queue[count]?.value?.length ?? 0;
    if (count > 0 && bytes > MAX_WAVE_BYTES) break;
    count++;
  }
  return queue.splice(0, count);
}
