import { expect, it } from 'vitest';
import { sweepReservations } from './reservation-sweep.js';

const LOST = { workspaceId: 'lost', tenantId: 'a' };
const USED = { workspaceId: 'used', tenantId: 'a' };

it('confirms what is in use and gives back what is not at two looks, and nothing while commands are undecided', async () => {
  const done: string[] = [];
  let undecided = 1;
  const options = {
    owners: {
      abandoned: () => Promise.resolve([LOST, USED]),
      free: ({ workspaceId }: { readonly workspaceId: string }) =>
        Promise.resolve(void done.push(`free ${workspaceId}`)),
      confirm: (workspaceId: string) => Promise.resolve(void done.push(`confirm ${workspaceId}`)),
    },
    log: { partitions: 1, undecided: () => undecided },
    isInUse: ({ workspaceId }: { readonly workspaceId: string }) => Promise.resolve(workspaceId === 'used'),
  };
  const seen = new Set<string>();
  await sweepReservations(options, seen);
  await sweepReservations(options, seen);
  expect(done.splice(0)).toEqual(['confirm used', 'confirm used']);
  undecided = 0;
  await sweepReservations(options, seen);
  expect(done.splice(0)).toEqual(['confirm used']);
  await sweepReservations(options, seen);
  expect(done).toEqual(['free lost', 'confirm used']);
});
