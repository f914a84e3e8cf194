import { expect, it } from 'vitest';
import { closedBetween, inOrderOfComing, keyOfApproval, withGone, type Approval, type Gone } from './open-approvals.js';

const approval = (second: number): Approval =>
  ({ executionId: `T:W:F:${second}`, nodeId: 'review', since: `2026-01-01T00:00:0${second}.000Z` }) as Approval;
const approvals = (...seconds: readonly number[]) => seconds.map(approval);

it('are closed when they are not listed any more', () => {
  const before = approvals(3, 2, 1);
  expect(closedBetween(before, { items: approvals(4, 3, 1), isAll: true })).toEqual(approvals(2));
});

it('may be on a page that was not read', () => {
  const before = approvals(3, 2, 1);
  expect(closedBetween(before, { items: approvals(4, 2), isAll: false })).toEqual(approvals(3));
});

it('stay where they are when newer ones come, which follow at the end', () => {
  const before = approvals(3, 2, 1).map(keyOfApproval);
  expect(inOrderOfComing(before, approvals(5, 4, 3, 1))).toEqual(approvals(3, 1, 5, 4));
  expect(inOrderOfComing([], approvals(3, 2))).toEqual(approvals(3, 2));
});

it('are one’s own where one has decided them, whether the list or the answer comes first', () => {
  const said = (gone: readonly Gone[]) => gone.map(({ approval: { since }, isByMe }) => [since.slice(18, 19), isByMe]);
  const elsewhere = withGone([], approvals(2, 1), false);
  expect(said(withGone(elsewhere, approvals(1), true))).toEqual([
    ['1', true],
    ['2', false],
  ]);
  expect(said(withGone(withGone([], approvals(1), true), approvals(1), false))).toEqual([['1', true]]);
  expect(withGone(elsewhere, approvals(3, 4, 5, 6), false).length).toBe(5);
});
