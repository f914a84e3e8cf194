import type { AnswerOf } from '@flowplane/contracts/client';

export type Approval = AnswerOf<'listApprovals'>['items'][number];

/** Distinguishes an approval from all others, the same node's of another run among them. */
export const keyOfApproval = ({ executionId, nodeId, since }: Approval): string => `${executionId} ${nodeId} ${since}`;

/** Approvals in the order in which they came to the page: what is there stays where it is, under a pointer too. */
export function inOrderOfComing(before: readonly string[], approvals: readonly Approval[]): readonly Approval[] {
  const places = new Map(before.map((key, place) => [key, place]));
  const placeOf = (one: Approval): number => places.get(keyOfApproval(one)) ?? before.length;
  return approvals.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** What was read of the open approvals. */
export type ReadApprovals = {
  /** Newest first. */
  readonly items: readonly Approval[];
  /** Whether there are no older ones that were not read. */
  readonly isAll: boolean;
};

/**
 * Approvals that are open no more, by two readings of the list. Of one that is older than all of a later reading that is not
 * of all, nothing is known.
 */
export function closedBetween(before: readonly Approval[], { items, isAll }: ReadApprovals): readonly Approval[] {
  const open = new Set(items.map(keyOfApproval));
  const last = isAll ? undefined : items.at(-1);
  return before.filter((one) => !open.has(keyOfApproval(one)) && (last === undefined || one.since > last.since));
}

export const isSame = (one: Approval, other: Approval): boolean => keyOfApproval(one) === keyOfApproval(other);

/** An approval that is open no more. */
export type Gone = { readonly approval: Approval; readonly isByMe: boolean };
/** Said about at once; earlier ones are forgotten. */
const GONE_SHOWN = 5;

/**
 * What is said about approvals that are gone, with more of them. One's own decision is known for certain, also where the list
 * was without the approval before the answer came; what the list lacks may have been decided by anybody.
 */
export function withGone(known: readonly Gone[], closed: readonly Approval[], isByMe: boolean): readonly Gone[] {
  const isOf = (approvals: readonly Approval[]) => (one: Approval) => approvals.some((other) => isSame(one, other));
  const isKnown = isOf(known.map(({ approval }) => approval));
  const added = isByMe ? closed : closed.filter((one) => !isKnown(one));
  const kept = known.filter(({ approval }) => !isOf(added)(approval));
  return [...added.map((approval) => ({ approval, isByMe })), ...kept].slice(0, GONE_SHOWN);
}
