import type { AnswerOf } from '@flowplane/contracts/client';

export type ApprovalPage = AnswerOf<'listApprovals'>;
export type Approval = ApprovalPage['items'][number];

/** Distinguishes an approval from all others, the same node's of another run among them. */
export const keyOfApproval = ({ executionId, nodeId, since }: Approval): string => `${executionId} ${nodeId} ${since}`;

/**
 * Approvals that are open no more, by two readings of the list, newest first. Of one that is older than all of the later
 * reading, which has more pages, nothing is known.
 */
export function closedBetween(before: readonly Approval[], after: ApprovalPage): readonly Approval[] {
  const open = new Set(after.items.map(keyOfApproval));
  const last = after.nextPageToken === null ? undefined : after.items.at(-1);
  return before.filter((one) => !open.has(keyOfApproval(one)) && (last === undefined || one.since > last.since));
}
