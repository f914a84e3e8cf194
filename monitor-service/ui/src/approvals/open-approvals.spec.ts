import { expect, it } from 'vitest';
import { closedBetween, type Approval } from './open-approvals.js';

const approval = (second: number): Approval =>
  ({ executionId: `T:W:F:${second}`, nodeId: 'review', since: `2026-01-01T00:00:0${second}.000Z` }) as Approval;
const approvals = (...seconds: readonly number[]) => seconds.map(approval);

it('are closed when they are not listed any more', () => {
  const before = approvals(3, 2, 1);
  expect(closedBetween(before, { items: approvals(4, 3, 1), nextPageToken: null })).toEqual(approvals(2));
});

it('may be on a page that was not read', () => {
  const before = approvals(3, 2, 1);
  expect(closedBetween(before, { items: approvals(4, 2), nextPageToken: 'more' })).toEqual(approvals(3));
});
