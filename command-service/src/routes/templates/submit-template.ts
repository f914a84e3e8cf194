import {
  commandOutcome,
  encodePosition,
  type Command,
  type CommandMeta,
  type Event,
  type LogPosition,
} from '@flowplane/contracts';
import { Refusal, refusal } from '@flowplane/plumbing/http';
import { templateRefusalBody, waitPreference, type Answer, type TemplateCall } from '@flowplane/runtime/api';
import { pendingAnswer, positionHeaders, rejectedAnswer, type NextAttempt } from '@flowplane/runtime/commands';
import { metaWithoutKey } from '../../submit/command-meta.js';
import { decideWithin } from '../../submit/decide-within.js';
import { keyedIdempotency } from '../../secrets/keyed-idempotency.js';
import type { TemplateContext } from './template-context.js';

/** What became of a command about a template. */
export type TemplateOutcome =
  /** Refused, or not decided in time: this is the answer. */
  | { readonly kind: 'answered'; readonly answer: Answer }
  | {
      readonly kind: 'accepted';
      /** The first event. */
      readonly event: Event;
      /** Body that the first one got, where this is a repeat under its Idempotency-Key. */
      readonly original: Readonly<Record<string, unknown>> | undefined;
      /** Of the run that it began, or waits for. */
      readonly executionId: string | undefined;
      readonly commandId: string;
      readonly headers: Readonly<Record<string, string>>;
    };

export type TemplateSubmission = {
  /** Of the request, where one request sends several commands. */
  readonly part?: string;
  /**
   * Makes the command, with all that has to be read for it, once the tenant may send one; again, where what was read is
   * found behind the log.
   *
   * @param meta what identifies the command. The fingerprint under an Idempotency-Key is keyed, since a body may hold credentials
   */
  readonly command: (meta: CommandMeta, staleAt?: LogPosition) => Promise<Command>;
  /** Whether what is read for it may be found behind the log. */
  readonly mayBeStale?: boolean;
};

/**
 * Appends a command about a template and waits until it is decided and in the read models (provisioning 1.5).
 *
 * @throws Refusal 400 INVALID_IDEMPOTENCY_KEY, 503 SECRETS_UNAVAILABLE, STORE_UNAVAILABLE
 */
export async function submitTemplate(
  context: TemplateContext,
  call: TemplateCall,
  templateId: string,
  { command: build, part = '', mayBeStale = false }: TemplateSubmission,
): Promise<TemplateOutcome> {
  const preference = waitPreference(call, context.commandWaitMs);
  const isAsync = preference.respondAsync;
  const base = metaWithoutKey(call);
  const meta = async () => ({ ...base, idempotency: await keyedIdempotency(context.secretStore, call, part) });
  const next: NextAttempt = async (attempt, staleAt) => build({ ...(await meta()), attempt }, staleAt);
  const asked = {
    ...{ call, preference, knowsMore: true, command: async () => build(await meta()) },
    next: mayBeStale ? next : undefined,
  };
  return decideWithin(context, asked, async ({ first, command, token, isInLog, decided, deadline }) => {
    const { commandId } = command.meta;
    const pending = (position: string | undefined, known: string | undefined, inLog = true): TemplateOutcome => ({
      kind: 'answered',
      answer: pendingTemplate(call, { commandId, token: position, isInLog: inLog, applied: preference.applied }, known),
    });
    // Under an Idempotency-Key it may be about an earlier template, which only the outcome tells.
    const isKeyed = first.meta.idempotency !== null;
    const known = isKeyed && first.type === 'CreateTemplate' ? undefined : templateId;
    if (decided === undefined) return pending(token, known, isInLog);
    const { event, position } = decided;
    const outcome = commandOutcome(event);
    if (outcome.status === 'stale') {
      if (isAsync) return pending(token, known, isInLog);
      throw refusal('REVISION_CONFLICT');
    }
    if (outcome.status === 'rejected') {
      const answer = rejectedAnswer(decided, outcome, preference.applied);
      const body = 'problem' in event.data ? templateRefusalBody(event.data.problem) : answer.body;
      return { kind: 'answered', answer: { ...answer, body } };
    }
    const isReplay = outcome.status === 'replay';
    if (isAsync && !isReplay) return pending(token, templateId, isInLog);
    if (!(await context.projected(position, deadline.leftMs(), call.signal))) {
      return pending(encodePosition(position), isReplay ? known : templateId);
    }
    const original = isReplay ? await originalOf(context, call, outcome.originalCommandId) : undefined;
    // It is decided: its answer can be asked for when the store, or room for it, is there again.
    if (original === 'not now') return pending(encodePosition(position), known);
    const executionId = 'executionId' in event.data ? (event.data.executionId ?? undefined) : undefined;
    return {
      ...{ kind: 'accepted', event, original, executionId, commandId },
      headers: {
        ...positionHeaders(position, preference.applied),
        ...(isReplay ? { 'x-idempotent-replay': 'true' } : {}),
      },
    };
  });
}

/** What the first request under an Idempotency-Key was answered. */
async function originalOf(
  { reads }: TemplateContext,
  call: TemplateCall,
  commandId: string,
): Promise<Readonly<Record<string, unknown>> | 'not now'> {
  try {
    return JSON.parse((await reads.resultOf(call, commandId)).text) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    if (cause instanceof Refusal && cause.problem.status === 503) return 'not now';
    throw cause;
  }
}

type Pending = Pick<Parameters<typeof pendingAnswer>[0], 'commandId' | 'token' | 'isInLog' | 'applied'>;

/** 202 about a command, or a run, that is not over yet (provisioning 1.5). */
export function pendingTemplate(call: TemplateCall, pending: Pending, templateId: string | undefined): Answer {
  const { workspaceId } = call;
  const { commandId } = pending;
  const { status, headers } = pendingAnswer({ ...pending, workspaceId, executionId: undefined });
  const body = { ...(templateId === undefined ? {} : { workflow_id: templateId }), commandId, status: 'pending' };
  return { status, body, ...(headers === undefined ? {} : { headers }) };
}
