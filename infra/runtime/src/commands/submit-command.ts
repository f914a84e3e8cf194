import { MAX_COMMAND_ATTEMPTS, type Command, type LogPosition } from '@flowplane/contracts';
import { appendRecord, commandRecord, type AppendPorts } from './append-command.js';
import { startDeadline } from './deadline.js';
import type { CommandLog } from './open-command-log.js';
import type { Decided, Wait } from './outcome-tail.js';

type SendLog = Pick<CommandLog, 'tail' | 'producer' | 'partitions' | 'source'> & Pick<AppendPorts, 'rates'>;
export type SubmitLog = SendLog & Pick<CommandLog, 'background'>;

/** Builds a later attempt of a command whose attempt before was stale at a position of the log. */
export type NextAttempt = (attempt: number, staleAt: LogPosition) => Promise<Command>;

export type SubmitOptions = {
  /** Ends the wait for an outcome; absent: there is none after the append. */
  readonly expired?: Promise<undefined> | undefined;
  /** Absent: the command is never stale. */
  readonly next?: NextAttempt | undefined;
  /** Attempts that are waited for; default: all. */
  readonly attempts?: number | undefined;
  /** What `next` holds on to besides the command, e.g. the body of a request. */
  readonly heldBytes?: number | undefined;
};

export type Submitted = {
  /** The attempt that was appended last. */
  readonly command: Command;
  /** Position of its outcome; undefined: it is unknown whether this attempt is in the log. */
  readonly token: string | undefined;
  /** Whether any attempt is in the log for certain. */
  readonly isInLog: boolean;
  /** Its outcome; undefined: not known in time. Stale only after the last attempt that was waited for. */
  readonly decided: Decided | undefined;
};

/**
 * Appends a command and waits until it is decided. A stale attempt is no outcome: the next one is built and appended. If
 * the wait ends before there is an outcome, the further attempts are sent in the background, since nobody else would.
 *
 * @throws Refusal 413 PAYLOAD_TOO_LARGE, 503 LOG_UNAVAILABLE: the first attempt is not in the log; and what `next` throws
 */
export async function submitCommand(log: SubmitLog, command: Command, options: SubmitOptions): Promise<Submitted> {
  const { next } = options;
  const last = await follow(log, await send(log, command), options);
  const isOver = last.token === undefined || (last.decided !== undefined && !isStale(last.decided));
  const heldBytes = last.bytes + (options.heldBytes ?? 0);
  const isFollowed = !isOver && next !== undefined && log.background(heldBytes, () => followToTheEnd(log, last, next));
  if (!isFollowed) last.outcome.drop();
  return last;
}

const AGAIN_AFTER_MS = 30_000;
const PROJECTED_SLICE_MS = 5000;

/**
 * Appends a command, again and again, until it is decided and the read models have its events. Only for commands that
 * change nothing when they are decided a second time.
 *
 * @throws Refusal 503 LOG_UNAVAILABLE; the reason of `signal`
 */
export async function decideCommand(
  log: SendLog & Pick<CommandLog, 'projected'>,
  command: Command,
  signal: AbortSignal,
): Promise<Decided> {
  for (;;) {
    signal.throwIfAborted();
    const deadline = startDeadline(AGAIN_AFTER_MS);
    signal.addEventListener('abort', deadline.stop);
    try {
      const { outcome } = await send(log, command);
      const decided = await Promise.race([outcome.promise, deadline.expired]);
      outcome.drop();
      if (decided === undefined) continue;
      while (!(await log.projected(decided.position, PROJECTED_SLICE_MS, signal))) signal.throwIfAborted();
      return decided;
    } finally {
      deadline.stop();
      signal.removeEventListener('abort', deadline.stop);
    }
  }
}

type Sent = {
  readonly command: Command;
  /** Of its record. */
  readonly bytes: number;
  readonly token: string | undefined;
  readonly outcome: Wait<Decided>;
};

async function send(log: SendLog, command: Command): Promise<Sent> {
  const outcome = log.tail.decided(command.meta.commandId, command.meta.attempt);
  try {
    const record = commandRecord(command, log);
    return { command, bytes: record.value.length, outcome, token: await appendRecord(log, command, record) };
  } catch (cause) {
    outcome.drop();
    throw cause;
  }
}

/** Waits for an outcome and sends the further attempts. An attempt that may not be in the log is not waited for. */
async function follow(log: SendLog, first: Sent, options: SubmitOptions): Promise<Sent & Submitted> {
  const { expired, next, attempts = MAX_COMMAND_ATTEMPTS } = options;
  for (let sent = first; ;) {
    const { attempt } = sent.command.meta;
    const isAwaited = sent.token !== undefined && expired !== undefined;
    const decided = isAwaited ? await Promise.race([sent.outcome.promise, expired]) : undefined;
    if (decided === undefined || !isStale(decided) || next === undefined || attempt >= attempts) {
      return { ...sent, isInLog: sent.token !== undefined || attempt > 1, decided };
    }
    sent = await send(log, await next(attempt + 1, decided.position));
  }
}

async function followToTheEnd(log: SendLog, sent: Sent, next: NextAttempt): Promise<void> {
  const expired = new Promise<undefined>(() => undefined);
  const { outcome } = await follow(log, sent, { expired, next });
  outcome.drop();
}

const isStale = ({ event }: Decided): boolean => event.type === 'CommandStale';
