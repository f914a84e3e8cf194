import type { Command, Problem } from '@flowplane/contracts';
import type { Decided, OutcomeTail, Wait } from '@flowplane/runtime/commands';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { keepTrying, makeBackoff, pause } from '@flowplane/plumbing/periodic';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import type { EventRegistration } from '@flowplane/runtime/read-model';
import type { ListenedTopic } from './event-registration.js';
import type { Judgement, JudgeRecord } from './judge-record.js';
import { sendInOrder, type SendPorts } from './send-commands.js';
import { settleCommand, startCommand, type TriggerRecord } from './start-command.js';

export type RecordOutcome =
  'accepted' | 'deduplicated' | 'filtered' | 'foreign' | 'refused' | 'deferred' | 'dead_letter' | 'lost';

export type LanePorts = {
  readonly send: SendPorts;
  readonly decided: OutcomeTail['decided'];
  readonly judge: JudgeRecord;
  /** What the quota evaluator says of a start; null: nothing against it. Throws while its usage cannot be read. */
  readonly verdictOf: (registration: EventRegistration) => Promise<Problem | null>;
  readonly deadLetters: DeadLetters;
  readonly count: (outcome: RecordOutcome, records?: number) => void;
  /** FLOWS_STRICT_INPUTS */
  readonly strictInputs: boolean;
  /** FLOWS_EVENT_MAX_RETRIES */
  readonly maxRetries: number;
  readonly now: () => number;
  readonly logger: Logger;
  /** A fault that nothing here can cure. */
  readonly onFatal: (cause: unknown) => void;
};

/** A start that waits for its outcome. */
export type Sent = { readonly command: Command; readonly outcome: Wait<Decided> };
export type Start = { readonly record: LogRecord; readonly judgement: Extract<Judgement, { readonly kind: 'start' }> };

/** What becomes of the records of one lane once they are judged. */
export type RecordStarts = {
  /** The first command of a start, whose outcome is waited for from now on. */
  readonly begin: (start: Start, attempt: number) => Promise<Sent>;
  /** From a command that the log has until the record is decided for good. */
  readonly follow: (start: Start, first: Sent) => Promise<void>;
  /** A record that can start nothing. */
  readonly poison: (record: LogRecord, problem: Problem) => Promise<void>;
  /** Nobody waits for outcomes any more. */
  readonly drop: () => void;
};

/** The lane that the records belong to. */
export type LaneOfRecords = {
  readonly registration: () => EventRegistration;
  readonly topic: ListenedTopic;
  readonly partition: number;
  /** Aborted when the lane is closed. */
  readonly signal: AbortSignal;
  readonly settle: (offset: number, outcome: RecordOutcome) => void;
  readonly defer: (offset: number) => void;
};

/** Pauses before the retries of a start that a quota refuses. */
export const RETRIES = { firstMs: 1000, maxMs: 60_000 } as const;
/** Pauses while a store, a thread or the log is away. */
export const AWAY = { firstMs: 500 } as const;

export function makeRecordStarts(ports: LanePorts, lane: LaneOfRecords): RecordStarts {
  const { topic, partition, signal, settle } = lane;
  const waits = new Set<Wait<Decided>>();

  const recordOf = ({ offset, value }: LogRecord): TriggerRecord => ({
    ...{ registration: lane.registration(), topic, partition, offset, sizeBytes: value?.length ?? 0 },
  });
  const waitFor = (command: Command): Sent => {
    const outcome = ports.decided(command.meta.commandId, command.meta.attempt);
    waits.add(outcome);
    return { command, outcome };
  };
  const outcomeOf = async ({ outcome }: Sent): Promise<Decided | undefined> => {
    const decided = await outcome.promise;
    waits.delete(outcome);
    return decided;
  };
  const tellOfNoVerdict = (err: unknown): void => {
    const { triggerId } = lane.registration();
    ports.logger.warn({ triggerId, err }, 'quotas cannot be asked for a record; trying again');
  };
  const begin = async ({ record, judgement }: Start, attempt: number): Promise<Sent> => {
    const verdict = await keepTrying(() => ports.verdictOf(lane.registration()), {
      ...{ backoff: AWAY, signal, onFault: tellOfNoVerdict },
    });
    const { event, dedupeKey } = judgement;
    const { strictInputs } = ports;
    return waitFor(
      startCommand(recordOf(record), event, { attempt, dedupeKey, verdict, strictInputs, now: ports.now() }),
    );
  };
  const writeDeadLetter = (record: LogRecord, problem: Problem): Promise<void> => {
    const trigger = lane.registration();
    const letter = {
      ...{ consumer: 'platform-events', reason: `${problem.code}: ${problem.message}`, record, trigger },
      origin: { topic: trigger.topic, partition, offset: record.offset },
    };
    const onFault = (err: unknown): void => {
      ports.logger.warn({ triggerId: trigger.triggerId, err }, 'a dead letter cannot be written; trying again');
    };
    return keepTrying(() => ports.deadLetters.send([letter]), { backoff: AWAY, signal, onFault });
  };
  /** A start that stays refused: the decider keeps its record until a command says that it never comes again. */
  const giveUp = async ({ record }: Start, problem: Problem): Promise<void> => {
    await writeDeadLetter(record, problem);
    const settling = waitFor(settleCommand(recordOf(record), problem, ports.now()));
    await sendInOrder(ports.send, [settling.command], signal);
    if ((await outcomeOf(settling)) !== undefined) settle(record.offset, 'dead_letter');
  };
  const poison = async (record: LogRecord, problem: Problem): Promise<void> => {
    await writeDeadLetter(record, problem);
    settle(record.offset, 'dead_letter');
  };
  const follow = async (start: Start, first: Sent): Promise<void> => {
    const { offset } = start.record;
    const delays = makeBackoff(RETRIES);
    for (let attempt = 1, sent = first; ; attempt++) {
      const decided = await outcomeOf(sent);
      if (decided === undefined) return;
      const refusal = refusalOf(decided);
      if (refusal === undefined) {
        const isNew = decided.event.type === 'ExecutionRequested';
        return settle(offset, isNew ? 'accepted' : 'deduplicated');
      }
      if (refusal.kind === 'unfit') return giveUp(start, refusal.problem);
      if (refusal.kind === 'final') {
        ports.logger.info(
          { triggerId: lane.registration().triggerId, offset, code: refusal.problem.code },
          'start refused',
        );
        return settle(offset, 'refused');
      }
      if (attempt > ports.maxRetries) return giveUp(start, refusal.problem);
      lane.defer(offset);
      ports.count('deferred');
      await pause(delays.nextMs(), signal, false);
      sent = await begin(start, attempt + 1);
      await sendInOrder(ports.send, [sent.command], signal);
    }
  };
  return {
    begin,
    follow,
    poison,
    drop: () => {
      for (const wait of waits) wait.drop();
      waits.clear();
    },
  };
}

/** `for-now`: decided anew when it comes again; `unfit`: the record itself; undefined: it was not refused. */
type StartRefusal = { readonly problem: Problem; readonly kind: 'for-now' | 'unfit' | 'final' } | undefined;

function refusalOf({ event }: Decided): StartRefusal {
  if (event.type === 'CommandRejected') return { problem: event.data.problem, kind: 'final' };
  if (event.type !== 'TriggerStartRefused') return undefined;
  const { problem } = event.data;
  if (problem.status === 422) return { problem, kind: 'unfit' };
  return { problem, kind: problem.status === 429 || problem.status === 503 ? 'for-now' : 'final' };
}
