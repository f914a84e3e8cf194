import {
  commandOutcome,
  encodePosition,
  partitionOf,
  type Command,
  type CommandOutcome,
  type LogPosition,
} from '@flowplane/contracts';
import { refusal, Refusal } from '@flowplane/plumbing/http';
import { type Answer, type Call, type WaitPreference } from '@flowplane/runtime/api';
import {
  appendCommand,
  pendingAnswer,
  positionHeaders,
  startDeadline,
  type CommandLog,
  type Deadline,
  type Decided,
  type Wait,
} from '@flowplane/runtime/commands';
import type { CommandReads } from '../reads/command-reads.js';
import type { WebhookSecrets } from '../routes/webhooks/webhook-secrets.js';
import { followPublish, MAX_ATTEMPTS } from './follow-publish.js';

/** Longest wait of an asynchronous start under an Idempotency-Key for the run it is about. */
const RUN_KNOWN_MS = 250;

export type SubmitPorts = Pick<CommandLog, 'tail' | 'producer' | 'guard' | 'projected' | 'partitions' | 'source'> & {
  readonly reads: CommandReads;
  readonly secrets: Pick<WebhookSecrets, 'reveal'>;
  readonly now: () => number;
};

export type Submission = {
  readonly call: Call;
  readonly preference: WaitPreference;
  /** The command for an attempt; called again with the position at which the draft was found stale. */
  readonly build: (attempt: number, staleAt: LogPosition | undefined) => Promise<Command>;
  /** Path under which the command is asked for; absent: below the workspace. */
  readonly location?: (commandId: string) => string;
  /** Run to wait for in the engine before answering (start, retry). */
  readonly executionId?: string;
};

/**
 * Appends a command and answers from the log: decided, projected and, for starts, begun in the engine (flows-api 3.1).
 */
export async function submit(ports: SubmitPorts, submission: Submission): Promise<Answer> {
  const { call, preference } = submission;
  const partition = partitionOf(call.tenantId, ports.partitions);
  ports.guard.admit(partition);
  let command = await submission.build(1, undefined);
  const engine = submission.executionId === undefined ? undefined : ports.tail.engineHasRun(submission.executionId);
  const asksForRun = submission.executionId !== undefined && command.meta.idempotency !== null;
  const deadline = startDeadline(preference.respondAsync ? RUN_KNOWN_MS : preference.waitMs, ports.now);
  try {
    for (;;) {
      const { attempt } = command.meta;
      let waiting: Wait<Decided> | undefined = ports.tail.decided(command.meta.commandId, attempt);
      try {
        const token = await appendCommand(ports, command);
        const waits = token !== undefined && (!preference.respondAsync || asksForRun);
        const decided = waits ? await Promise.race([waiting.promise, deadline.expired]) : undefined;
        if (decided === undefined || preference.respondAsync) {
          if (token !== undefined && followPublish(ports, submission, command, waiting)) waiting = undefined;
          return pendingOf(submission, command.meta.commandId, token, knownRun(submission, command, decided));
        }
        const outcome = commandOutcome(decided.events[0] as Decided['events'][0]);
        if (outcome.status !== 'stale' || attempt >= MAX_ATTEMPTS) {
          return await answer(ports, submission, command, decided, outcome, engine?.promise, deadline);
        }
        command = await submission.build(attempt + 1, decided.position);
      } finally {
        waiting?.drop();
      }
    }
  } finally {
    deadline.stop();
    engine?.drop();
  }
}

/** The run that a start is about. Under an Idempotency-Key it may be an earlier one, which only the outcome tells. */
function knownRun(submission: Submission, command: Command, decided: Decided | undefined): string | undefined {
  if (submission.executionId === undefined || command.meta.idempotency === null) return submission.executionId;
  const first = decided?.events[0];
  if (first?.type === 'ExecutionRequested') return first.data.executionId;
  return first?.type === 'CommandAcknowledged' ? (first.data.executionId ?? undefined) : undefined;
}

/** The answer to a command that is decided: 202 where what it waits for does not come in time, or cannot be read. */
async function answer(
  ports: SubmitPorts,
  submission: Submission,
  command: Command,
  decided: Decided,
  outcome: CommandOutcome,
  engine: Promise<LogPosition | undefined> | undefined,
  deadline: Deadline,
): Promise<Answer> {
  if (outcome.status === 'stale') throw refusal('REVISION_CONFLICT');
  const headers = positionHeaders(decided.position, submission.preference.applied);
  if (outcome.status === 'rejected') {
    return { status: outcome.httpStatus, body: outcome.error, headers: { ...headers, ...retryAfter(decided) } };
  }
  const executionId = knownRun(submission, command, decided);
  const pending = pendingOf(submission, command.meta.commandId, encodePosition(decided.position), executionId);
  const later = outcome.status === 'replay' ? { ...pending, headers: { ...pending.headers, ...REPLAY } } : pending;
  try {
    const complete = await completeAnswer(ports, submission, command, decided, outcome, engine, deadline);
    return complete ?? later;
  } catch (cause) {
    if (cause instanceof Refusal && cause.problem.code === 'STORE_UNAVAILABLE') return later;
    throw cause;
  }
}

/** @returns undefined when the time ran out */
async function completeAnswer(
  ports: SubmitPorts,
  submission: Submission,
  command: Command,
  decided: Decided,
  outcome: Extract<CommandOutcome, { readonly status: 'accepted' | 'replay' }>,
  engine: Promise<LogPosition | undefined> | undefined,
  deadline: Deadline,
): Promise<Answer | undefined> {
  const { call } = submission;
  const headers = positionHeaders(decided.position, submission.preference.applied);
  const projected = (position: LogPosition) => ports.projected(position, deadline.leftMs(), call.signal);
  if (!(await projected(decided.position))) return undefined;
  if (outcome.status === 'replay') {
    return replayAnswer(ports, submission, outcome.originalCommandId, headers, deadline);
  }
  if ('flowId' in outcome || 'scheduleOf' in outcome) {
    const flow = await ports.reads.resultOf(call, command.meta.commandId);
    return { status: outcome.httpStatus, body: flow.result, headers: { ...headers, ...etag(flow.result) } };
  }
  if (engine === undefined) {
    const body = ports.secrets.reveal(outcome.result, outcome.secrets ?? []);
    return { status: outcome.httpStatus, body, headers };
  }
  const started = await Promise.race([engine, deadline.expired]);
  if (started === undefined || !(await projected(started))) return undefined;
  const status = await ports.reads.statusOf(call, submission.executionId as string);
  return {
    status: outcome.httpStatus,
    body: { ...outcome.result, status },
    headers: positionHeaders(started, submission.preference.applied),
  };
}

const REPLAY = { 'x-idempotent-replay': 'true' };

/** Answer to a repeat under an Idempotency-Key: what the first one got, or gets. */
async function replayAnswer(
  ports: SubmitPorts,
  submission: Submission,
  originalCommandId: string,
  positioned: Readonly<Record<string, string>>,
  deadline: Deadline,
): Promise<Answer> {
  const headers = { ...positioned, ...REPLAY };
  const original = await ports.reads.resultOf(submission.call, originalCommandId);
  const executionId = submission.executionId === undefined ? undefined : original.result['executionId'];
  if (typeof executionId !== 'string') {
    return { status: original.httpStatus, body: original.result, headers: { ...headers, ...etag(original.result) } };
  }
  const engine = ports.tail.engineHasRun(executionId);
  try {
    // The tail may have passed the start already: what it passed is readable before the status is looked at.
    const partition = partitionOf(submission.call.tenantId, ports.partitions);
    await ports.projected(ports.tail.reached(partition), deadline.leftMs(), submission.call.signal);
    let status = await ports.reads.statusOf(submission.call, executionId);
    if (status === 'Pending') {
      const started = await Promise.race([engine.promise, deadline.expired]);
      if (started === undefined) {
        const pending = pendingOf(submission, originalCommandId, undefined, executionId);
        return { ...pending, headers: { ...pending.headers, ...headers } };
      }
      await ports.projected(started, deadline.leftMs(), submission.call.signal);
      status = await ports.reads.statusOf(submission.call, executionId);
    }
    return { status: original.httpStatus, body: { ...original.result, status }, headers };
  } finally {
    engine.drop();
  }
}

const retryAfter = (decided: Decided): Readonly<Record<string, string>> => {
  const first = decided.events[0];
  const seconds = first?.type === 'CommandRejected' ? first.data.problem.retryAfterSeconds : null;
  return seconds === null ? {} : { 'retry-after': String(seconds) };
};

const etag = (flow: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  typeof flow['revision'] === 'number' ? { etag: `"${flow['revision']}"` } : {};

/** 202 about the command of a submission. */
const pendingOf = (
  { call, preference, location }: Submission,
  commandId: string,
  token: string | undefined,
  executionId: string | undefined,
): Answer =>
  pendingAnswer({
    ...{ workspaceId: call.workspaceId, commandId, token, executionId, applied: preference.applied },
    ...(location === undefined ? {} : { location: location(commandId) }),
  });
