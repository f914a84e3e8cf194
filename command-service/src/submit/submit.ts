import {
  commandOutcome,
  encodePosition,
  partitionOf,
  type Command,
  type CommandOutcome,
  type LogPosition,
} from '@flowplane/contracts';
import { flowResourceJson } from '@flowplane/contracts/read-model';
import { JsonText, refusal, Refusal } from '@flowplane/plumbing/http';
import { waitPreference, type Answer, type Call, type WaitPreference } from '@flowplane/runtime/api';
import {
  pendingAnswer,
  positionHeaders,
  rejectedAnswer,
  type CommandLog,
  type Deadline,
  type Decided,
  type FollowedFlows,
  type NextAttempt,
} from '@flowplane/runtime/commands';
import type { CommandReads } from '../reads/command-reads.js';
import { decideWithin, type DecidePorts } from './decide-within.js';
import type { WebhookSecrets } from '../webhook-secrets.js';

export type SubmitPorts = DecidePorts &
  Pick<CommandLog, 'projected'> & {
    readonly reads: CommandReads;
    readonly secrets: Pick<WebhookSecrets, 'reveal'>;
    /** Those that the tail knows. */
    readonly flows: Pick<FollowedFlows, 'learn'>;
    /** FLOWS_COMMAND_WAIT */
    readonly commandWaitMs: number;
  };

export type Submission = {
  readonly call: Call;
  /** Default: as the call says. */
  readonly preference?: WaitPreference;
  readonly command: () => Promise<Command>;
  /** Of a command that carries what was loaded for it, and may be stale by the time it is decided. */
  readonly next?: NextAttempt | undefined;
  /** Path under which the command is asked for; absent: below the workspace. */
  readonly location?: (commandId: string) => string;
  /** Run to wait for in the engine before answering (start, retry). */
  readonly executionId?: string;
};
type Preferred = Submission & { readonly preference: WaitPreference };

/**
 * Appends a command and answers from the log: decided, projected and, for starts, begun in the engine (flows-api 3.1).
 */
export async function submit(ports: SubmitPorts, given: Submission): Promise<Answer> {
  const submission = { ...given, preference: given.preference ?? waitPreference(given.call, ports.commandWaitMs) };
  const { call, preference, executionId, next } = submission;
  let engine: ReturnType<SubmitPorts['tail']['engineHasRun']> | undefined;
  const command = async (): Promise<Command> => {
    const made = await submission.command();
    engine = executionId === undefined ? undefined : ports.tail.engineHasRun(executionId);
    return made;
  };
  const asked = { call, preference, command, next, knowsMore: executionId !== undefined };
  try {
    return await decideWithin(ports, asked, async ({ command: last, token, isInLog, decided, deadline }) => {
      if (decided === undefined || preference.respondAsync) {
        return pendingOf(submission, last.meta.commandId, token, knownRun(submission, last, decided), isInLog);
      }
      return answer(ports, submission, last, decided, engine?.promise, deadline);
    });
  } finally {
    engine?.drop();
  }
}

/** The run that a start is about. Under an Idempotency-Key it may be an earlier one, which only the outcome tells. */
function knownRun(submission: Submission, command: Command, decided: Decided | undefined): string | undefined {
  if (submission.executionId === undefined || command.meta.idempotency === null) return submission.executionId;
  const event = decided?.event;
  if (event?.type === 'ExecutionRequested') return event.data.executionId;
  return event?.type === 'CommandAcknowledged' ? (event.data.executionId ?? undefined) : undefined;
}

/** The answer to a command that is decided: 202 where what it waits for does not come in time, or cannot be read. */
async function answer(
  ports: SubmitPorts,
  submission: Preferred,
  command: Command,
  decided: Decided,
  engine: Promise<LogPosition | undefined> | undefined,
  deadline: Deadline,
): Promise<Answer> {
  const outcome = commandOutcome(decided.event);
  if (outcome.status === 'stale') throw refusal('REVISION_CONFLICT');
  if (outcome.status === 'rejected') return rejectedAnswer(decided, outcome, submission.preference.applied);
  const executionId = knownRun(submission, command, decided);
  const pending = pendingOf(submission, command.meta.commandId, encodePosition(decided.position), executionId);
  const later = outcome.status === 'replay' ? { ...pending, headers: { ...pending.headers, ...REPLAY } } : pending;
  try {
    const complete = await completeAnswer(ports, submission, decided, outcome, engine, deadline);
    return complete ?? later;
  } catch (cause) {
    // It is decided: its answer can be asked for when the store, or room for it, is there again.
    if (cause instanceof Refusal && cause.problem.status === 503) return later;
    throw cause;
  }
}

/** @returns undefined when the time ran out */
async function completeAnswer(
  ports: SubmitPorts,
  submission: Preferred,
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
    const text = await resourceText(ports, call, decided);
    const { event } = decided;
    const isFlow = event.type === 'FlowCreated' || event.type === 'FlowUpdated';
    const withEtag = isFlow ? { ...headers, etag: `"${event.data.revision}"` } : headers;
    return { status: outcome.httpStatus, body: new JsonText(text), headers: withEtag };
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

/** A flow or schedule as its command left it. It is read back where the log's tail does not know the flow. */
async function resourceText({ reads, flows }: SubmitPorts, call: Call, decided: Decided): Promise<string> {
  const { event, position, flow } = decided;
  if (flow === undefined) {
    const { text } = await reads.resultOf(call, event.meta.commandId);
    flows.learn(event, position.offset - event.meta.count, text);
    return text;
  }
  const text = flowResourceJson(flow);
  await reads.roomFor(call, Buffer.byteLength(text));
  return text;
}

const REPLAY = { 'x-idempotent-replay': 'true' };

/** Answer to a repeat under an Idempotency-Key: what the first one got, or gets. */
async function replayAnswer(
  ports: SubmitPorts,
  submission: Preferred,
  originalCommandId: string,
  positioned: Readonly<Record<string, string>>,
  deadline: Deadline,
): Promise<Answer> {
  const headers = { ...positioned, ...REPLAY };
  const original = await ports.reads.resultOf(submission.call, originalCommandId);
  const result = JSON.parse(original.text) as Readonly<Record<string, unknown>>;
  const executionId = submission.executionId === undefined ? undefined : result['executionId'];
  if (typeof executionId !== 'string') {
    const body = new JsonText(original.text);
    return { status: original.httpStatus, body, headers: { ...headers, ...etag(result) } };
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
    return { status: original.httpStatus, body: { ...result, status }, headers };
  } finally {
    engine.drop();
  }
}

const etag = (flow: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  typeof flow['revision'] === 'number' ? { etag: `"${flow['revision']}"` } : {};

/** 202 about the command of a submission. */
const pendingOf = (
  { call, preference, location }: Preferred,
  commandId: string,
  token: string | undefined,
  executionId: string | undefined,
  isInLog = true,
): Answer =>
  pendingAnswer({
    ...{ workspaceId: call.workspaceId, commandId, token, isInLog, executionId, applied: preference.applied },
    ...(location === undefined ? {} : { location: location(commandId) }),
  });
