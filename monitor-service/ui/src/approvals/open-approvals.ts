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
