import { START_OF_LOG, type Event, type ReadPosition } from '@flowplane/contracts';
import { afterEach, expect, it } from 'vitest';
import { followOwners, type FollowOptions } from './follow-owners.js';
import type { OwnerPositions } from './owner-positions.js';
import { makeOwnersInLog } from './owners-in-log.js';
import type { WorkspaceClaim, WorkspaceOwners } from './workspace-owners.js';

const AT_5: ReadPosition = { offset: 5, epoch: 1, owner: 'o' };
const AT_9: ReadPosition = { offset: 9, epoch: 1, owner: 'o' };
const UNKNOWN = { problem: { status: 503, code: 'OWNERS_UNKNOWN' } };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A log that has one workspace, `w` of `a`, and is read as far as `finish` is called. */
function open({ kept, waitMs = 60_000 }: { readonly kept?: OwnerPositions; readonly waitMs?: number } = {}) {
  const table = new Map([['old', 'a']]);
  const claims: WorkspaceClaim[] = [];
  const reads: number[] = [];
  const entered: OwnerPositions[] = [];
  const advanced: OwnerPositions[] = [];
  /** Reads of the log that there were before each. */
  const recounts: number[] = [];
  let finish = (): void => undefined;
  let begun = (): void => undefined;
  const nextRead = (): Promise<void> => new Promise((resolve) => (begun = resolve));
  const reading = nextRead();
  const owners: Partial<WorkspaceOwners> = {
    ownerOf: (workspaceId) => Promise.resolve(table.get(workspaceId)),
    isConfirmed: (workspaceId) => Promise.resolve(table.has(workspaceId)),
    reserve: (workspaceId) => {
      const owner = table.get(workspaceId);
      return Promise.resolve(owner === undefined ? (claims.shift() ?? { kind: 'reserved' }) : { kind: 'owned', owner });
    },
  };
  const options: FollowOptions = {
    owners: owners as WorkspaceOwners,
    store: {
      load: () => Promise.resolve(kept),
      enter: (found, read) => {
        for (const { workspaceId, tenantId } of found.owners()) table.set(workspaceId, tenantId);
        return Promise.resolve(void entered.push(read));
      },
      advance: (read) => Promise.resolve(void advanced.push(read)),
      recount: () => Promise.resolve(void recounts.push(reads.length)),
    },
    log: {
      topicId: () => Promise.resolve('topic'),
      read: async (from, signal) => {
        reads.push(from.get(0)?.offset ?? START_OF_LOG.offset);
        begun();
        await new Promise<void>((resolve, reject) => {
          finish = resolve;
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
        const found = makeOwnersInLog();
        found.take({ type: 'FlowCreated', meta: { tenantId: 'a', workspaceId: 'w' } } as Event, 1);
        return { found, partitions: new Map([[0, AT_5]]) };
      },
    },
    reached: () => new Map([[0, AT_9]]),
    logger: { warn: () => undefined, info: () => undefined },
    waitMs,
  };
  const followed = followOwners(options);
  closing.push(async () => {
    finish();
    await followed.close();
  });
  return { ...followed, claims, reads, entered, advanced, recounts, reading, nextRead, finish: () => finish() };
}

it('until the log is read, a workspace without a confirmed owner is nobody’s to claim, and one with an owner goes on', async () => {
  const { owners, reading } = open({ waitMs: 1 });
  await reading;
  await expect(owners.reserve('w', 'b', 10)).rejects.toMatchObject(UNKNOWN);
  await expect(owners.assign('w', 'b')).rejects.toMatchObject(UNKNOWN);
  await expect(owners.ownerOf('w')).rejects.toMatchObject(UNKNOWN);
  expect(await owners.reserve('old', 'a', 10)).toEqual({ kind: 'owned', owner: 'a' });
});

it('a claim that came meanwhile is answered by what the log says', async () => {
  const { owners, reading, finish, entered } = open();
  await reading;
  const claims = [owners.reserve('w', 'b', 10), owners.reserve('free', 'b', 10)];
  finish();
  expect(await Promise.all(claims)).toEqual([{ kind: 'owned', owner: 'a' }, { kind: 'reserved' }]);
  expect(entered).toEqual([{ topicId: 'topic', partitions: new Map([[0, AT_5]]) }]);
});

it.each([
  ['the same topic, from where it was read to', { topicId: 'topic', partitions: new Map([[0, AT_5]]) }, 5],
  ['another topic, from its start', { topicId: 'other', partitions: new Map([[0, AT_5]]) }, 0],
  ['nothing that is known of it, from its start', undefined, 0],
])('reads %s', async (_what, kept, from) => {
  const { reading, reads } = open(kept === undefined ? {} : { kept });
  await reading;
  expect(reads).toEqual([from]);
});

it('a table that is found to be lost is made again before the claim is answered', async () => {
  const { owners, claims, reading, nextRead, finish, reads } = open();
  await reading;
  finish();
  expect(await owners.reserve('free', 'b', 10)).toEqual({ kind: 'reserved' });
  claims.push({ kind: 'lost' });
  const again = nextRead();
  const claim = owners.reserve('other', 'b', 10);
  await again;
  finish();
  expect(await claim).toEqual({ kind: 'reserved' });
  expect(reads).toHaveLength(2);
});

it('a teardown lowers the number of owners that there should be, one of before the start does not', async () => {
  const { owners, heard, reading, finish, recounts } = open();
  heard({ type: 'TenantPurged' });
  await reading;
  finish();
  await owners.reserve('free', 'b', 10);
  expect(recounts).toEqual([]);
  heard({ type: 'FlowCreated' });
  heard({ type: 'TenantPurged' });
  expect(recounts).toEqual([1]);
});

it('keeps at its end where the tail stands, and nothing where the log was not read', async () => {
  const { owners, reading, finish, close, advanced } = open();
  await reading;
  finish();
  await owners.ownerOf('w');
  await close();
  expect(advanced).toEqual([{ topicId: 'topic', partitions: new Map([[0, AT_9]]) }]);

  const early = open();
  await early.reading;
  await early.close();
  expect(early.advanced).toEqual([]);
});
