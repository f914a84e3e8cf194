import type { Pool } from '@flowplane/plumbing/postgres';
import { expect, it } from 'vitest';
import { makeReadDecision } from './read-decision.js';

type Rows = Readonly<Record<string, readonly object[]>>;
const decisionBy = (rows: Rows) => {
  const query = ({ name }: { readonly name: string }) => Promise.resolve({ rows: [...(rows[name] ?? [])] });
  return makeReadDecision({ query } as unknown as Pool)('command', 'T:W:F-workflow-2026-01-01T00:00:00Z', 'T');
};
const duplicate = {
  status: 'accepted',
  httpStatus: 202,
  error: null,
  partition: 3,
  version: 2,
  input: '{}',
  offset: '7',
};

it('a fire whose run is open is admitted, although its command was forgotten and decided again as a duplicate', async () => {
  const open = { version: 2, input: '{}', partition: 3, offset: '7' };
  expect(await decisionBy({ 'start-decision': [duplicate], 'open-run-of-fire': [open] })).toEqual({
    ...{ status: 'admitted', version: 2, input: '{}', place: { partition: 3, offset: 7 } },
  });
});

it('a fire whose id another one has, or whose run is closed, is refused', async () => {
  expect(await decisionBy({ 'start-decision': [duplicate] })).toMatchObject({ status: 'refused', code: 'DUPLICATE' });
});

it('a fire that was admitted now needs no second look', async () => {
  const requested = { ...duplicate, httpStatus: 201 };
  expect(await decisionBy({ 'start-decision': [requested] })).toMatchObject({ status: 'admitted', version: 2 });
  expect(await decisionBy({})).toBeUndefined();
});
