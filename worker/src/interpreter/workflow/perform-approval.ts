import type { ApprovalNode, JsonObject } from '@flowplane/contracts';
import { parseDuration } from '@flowplane/contracts/flow/duration';
import { beginningOf } from '@flowplane/contracts/json/beginning-of';
import { CancellationScope, defineSignal, patched, setHandler, sleep } from '@temporalio/workflow';
import type { Settled } from '../../planner/index.js';
import { APPROVAL_SIGNAL, type ApprovalSignal } from '../../shared/run-input.js';
import { close, reach, receive } from './approval-inbox.js';
import { evaluatedInput } from './evaluated.js';
import { invalidDuration } from './run-fault.js';
import { begin, endDecided, keepOutput, type RunSession } from './run-session.js';

/** Characters of a message; the rest of a longer one is left out. */
const MAX_MESSAGE_LENGTH = 4096;

const approvalSignal = defineSignal<[ApprovalSignal]>(APPROVAL_SIGNAL);

/** Takes signals in from now on; those that arrived before the first task are handed over at once. */
export function openInbox(session: RunSession): void {
  setHandler(approvalSignal, (signal) => {
    const step = receive(session.inbox, signal);
    session.inbox = step.inbox;
    if (step.released === undefined) return;
    session.busy.add(step.released.nodeId);
    session.parked.get(step.released.nodeId)?.(step.released.signal);
  });
}

/**
 * Waits for a signal or, with a timeout, for its expiry; a rejection is an outcome, not a failure (flow-language 9.2).
 */
export async function performApproval(session: RunSession, node: ApprovalNode): Promise<Settled> {
  const { id: nodeId, timeout } = node;
  // Waits for nothing where there is nothing to evaluate: what begins beside it keeps its place in the history.
  const begun =
    session.begun.get(nodeId) ??
    begin(session, nodeId, 'waiting-approval', isEvaluated(node) ? await evaluatedMessage(session, node) : plain(node));
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
  if (timeout !== undefined && timeoutMs === undefined) {
    throw invalidDuration(nodeId, timeout);
  }
  const dueAt = begun.dueAt ?? (timeoutMs === undefined ? null : begun.startedAt + timeoutMs);
  session.begun.set(nodeId, { ...begun, dueAt });
  const signal = await decision(session, nodeId, dueAt);
  session.parked.delete(nodeId);
  session.inbox = signal === undefined ? close(session.inbox, nodeId) : session.inbox;
  const output = outcome(signal);
  keepOutput(session, nodeId, output);
  endDecided(session, nodeId, { signal: signal?.commandId ?? null }, output);
  return { nodeId };
}

const isTemplate = ({ message = '' }: ApprovalNode): boolean => message.includes('${{');

/** A run that an earlier release has begun was never asked for its message. */
const isEvaluated = (node: ApprovalNode): boolean => isTemplate(node) && patched('approval-message');

/** What is shown of a message in which there is nothing to evaluate. */
const plain = (node: ApprovalNode): JsonObject | undefined =>
  node.message === undefined || isTemplate(node) ? undefined : { message: cut(node.message) };

/** What those who decide are shown, as it is when the approval opens (flow-language 9.2). @throws as an evaluation */
async function evaluatedMessage(session: RunSession, { id, message = '' }: ApprovalNode): Promise<JsonObject> {
  const { message: value = null } = await evaluatedInput(session, id, { message });
  return { message: cut(typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value)) };
}

const cut = (text: string): string =>
  text.length <= MAX_MESSAGE_LENGTH ? text : `${beginningOf(text, MAX_MESSAGE_LENGTH - 1)}…`;

async function decision(
  session: RunSession,
  nodeId: string,
  dueAt: number | null,
): Promise<ApprovalSignal | undefined> {
  const step = reach(session.inbox, nodeId);
  session.inbox = step.inbox;
  if (step.released !== undefined) {
    session.busy.add(nodeId);
    return step.released.signal;
  }
  const released = new Promise<ApprovalSignal>((resolve) => session.parked.set(nodeId, resolve));
  if (dueAt === null) return Promise.race([released, CancellationScope.current().cancelRequested]);
  return CancellationScope.cancellable(async () => {
    const expired = sleep(Math.max(1, dueAt - Date.now())).then(() => undefined);
    const first = await Promise.race([released, expired]);
    // Ends the timer of an approval that was decided in time.
    if (first !== undefined) {
      expired.catch(() => undefined);
      CancellationScope.current().cancel();
    }
    return first;
  });
}

function outcome(signal: ApprovalSignal | undefined): JsonObject {
  if (signal === undefined) return { approved: false, timedOut: true };
  const { approved, actor, onBehalfOf, comment } = signal;
  return {
    ...{ approved, timedOut: false, actor },
    ...(onBehalfOf === null ? {} : { onBehalfOf }),
    ...(comment === undefined ? {} : { comment }),
  };
}
