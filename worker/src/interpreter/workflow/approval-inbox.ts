import type { ApprovalSignal } from '../../shared/run-input.js';

/**
 * Signals of a run (flow-language 9.3). Early ones are kept, for each target the last; an untargeted one is consumed
 * once. Plain data, so it survives a continue-as-new.
 */
export type ApprovalInbox = {
  /** Command ids taken in, so that a repeated delivery is dropped. */
  readonly seen: readonly string[];
  readonly targeted: readonly ApprovalSignal[];
  readonly untargeted: ApprovalSignal | null;
  /** Approvals that wait, longest first. */
  readonly waiting: readonly string[];
  /** Approvals that are over: a signal targeted at one has no effect. */
  readonly over: readonly string[];
};

export const EMPTY_INBOX: ApprovalInbox = { seen: [], targeted: [], untargeted: null, waiting: [], over: [] };

/** The inbox after a step, and the approval the step released, if any. */
export type InboxStep = {
  readonly inbox: ApprovalInbox;
  readonly released: { readonly nodeId: string; readonly signal: ApprovalSignal } | undefined;
};

/** A signal arrives. */
export function receive(inbox: ApprovalInbox, signal: ApprovalSignal): InboxStep {
  if (inbox.seen.includes(signal.commandId)) return { inbox, released: undefined };
  const noted = { ...inbox, seen: [...inbox.seen, signal.commandId] };
  const target = signal.nodeId ?? noted.waiting[0];
  if (target !== undefined && noted.waiting.includes(target)) {
    return { inbox: close(noted, target), released: { nodeId: target, signal } };
  }
  if (signal.nodeId === null) return { inbox: { ...noted, untargeted: signal }, released: undefined };
  if (noted.over.includes(signal.nodeId)) return { inbox: noted, released: undefined };
  const others = noted.targeted.filter(({ nodeId }) => nodeId !== signal.nodeId);
  return { inbox: { ...noted, targeted: [...others, signal] }, released: undefined };
}

/** An approval is reached: a kept signal for it, else a kept untargeted one, releases it at once. */
export function reach(inbox: ApprovalInbox, nodeId: string): InboxStep {
  if (inbox.waiting.includes(nodeId)) return { inbox, released: undefined };
  const targeted = inbox.targeted.find((signal) => signal.nodeId === nodeId);
  if (targeted !== undefined) return { inbox: close(inbox, nodeId), released: { nodeId, signal: targeted } };
  const { untargeted } = inbox;
  if (untargeted !== null) {
    return { inbox: { ...close(inbox, nodeId), untargeted: null }, released: { nodeId, signal: untargeted } };
  }
  return { inbox: { ...inbox, waiting: [...inbox.waiting, nodeId] }, released: undefined };
}

/** The approval is over: released, or its time is up. */
export function close(inbox: ApprovalInbox, nodeId: string): ApprovalInbox {
  return {
    ...inbox,
    targeted: inbox.targeted.filter((signal) => signal.nodeId !== nodeId),
    waiting: inbox.waiting.filter((id) => id !== nodeId),
    over: [...inbox.over, nodeId],
  };
}
