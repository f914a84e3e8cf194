import type { Event, ReadPosition } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import type { Logger } from '@flowplane/plumbing/logging';
import { runLoop, startPeriodic } from '@flowplane/plumbing/periodic';
import type { OwnerStore } from './owner-positions.js';
import type { OwnersLog } from './owners-log.js';
import type { WorkspaceOwners } from './workspace-owners.js';

/** Longest time that a claim waits for the owners to be read from the log, ms. */
const OWNERS_WAIT_MS = 2000;
const RETRY_AFTER_S = 2;
const SAVE_EVERY_MS = 60_000;

export type FollowedOwners = {
  readonly owners: WorkspaceOwners;
  /** Every event that counts. */
  readonly heard: (event: Pick<Event, 'type'>) => void;
  readonly close: () => Promise<void>;
};

export type FollowOptions = {
  readonly owners: WorkspaceOwners;
  readonly store: OwnerStore;
  readonly log: OwnersLog;
  /** Where a reader stands that has handed on every event since the log was first read here. */
  readonly reached: () => ReadonlyMap<number, ReadPosition>;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  /** Default: OWNERS_WAIT_MS. */
  readonly waitMs?: number;
};

/**
 * Owners of workspaces that are believed to be all only once the log was read, from where it was last read, up to its end
 * as of now: a table that was lost or restored from an older copy lacks some. Until then a workspace without a confirmed
 * owner can be had by nobody: 503 `OWNERS_UNKNOWN`.
 */
export function followOwners(options: FollowOptions): FollowedOwners {
  const { store, log, logger, waitMs = OWNERS_WAIT_MS } = options;
  let topic: string | undefined;
  let isComplete = false;
  let waiting: (() => void)[] = [];
  const loop = runLoop({
    round: async (signal) => {
      const [kept, id] = [await store.load(), await log.topicId()];
      const from = kept?.topicId === id ? kept.partitions : new Map<number, ReadPosition>();
      const { found, partitions } = await log.read(from, signal);
      await store.enter(found, { topicId: id, partitions });
      const workspaces = found.owners().length;
      logger.info({ workspaces, fromStart: from.size === 0 }, 'owners of workspaces are read from the log');
      [topic, isComplete] = [id, true];
      for (const go of waiting.splice(0)) go();
      return 'idle';
    },
    backoff: { firstMs: 100, maxMs: 5000 },
    onFault: (err) => logger.warn({ err }, 'owners of workspaces cannot be read from the log; trying again'),
  });
  const save = async (): Promise<void> => {
    if (isComplete && topic !== undefined) await store.advance({ topicId: topic, partitions: options.reached() });
  };
  const notSaved = (err: unknown): void =>
    logger.warn({ err }, 'the position of the owners of workspaces could not be kept');
  const saving = startPeriodic({ intervalMs: SAVE_EVERY_MS, work: save, onFault: notSaved });
  const completed = (): Promise<boolean> =>
    new Promise((resolve) => {
      const go = (): void => resolve(true);
      waiting.push(go);
      setTimeout(() => {
        waiting = waiting.filter((other) => other !== go);
        resolve(false);
      }, waitMs).unref();
    });
  /** @throws Refusal 503 OWNERS_UNKNOWN */
  const known = async (workspaceId: string): Promise<void> => {
    if (isComplete || (await options.owners.isConfirmed(workspaceId))) return;
    if (!isComplete && !(await completed())) throw refusal('OWNERS_UNKNOWN', { retryAfterSeconds: RETRY_AFTER_S });
  };
  return {
    owners: gated(options.owners, known, () => {
      isComplete = false;
      loop.wake();
    }),
    heard: ({ type }) => {
      // One that is read again at a start, before the owners are complete, says nothing about what there should be.
      if (type !== 'TenantPurged' || !isComplete) return;
      store.recount().catch((err: unknown) => logger.warn({ err }, 'the owners of workspaces could not be counted'));
    },
    close: async () => {
      await saving.close();
      // The next start goes on from here, and not from a minute before.
      await save().catch(notSaved);
      await loop.close();
    },
  };
}

const gated = (
  owners: WorkspaceOwners,
  known: (workspaceId: string) => Promise<void>,
  readAgain: () => void,
): WorkspaceOwners => ({
  ...owners,
  ownerOf: async (workspaceId) => {
    await known(workspaceId);
    return owners.ownerOf(workspaceId);
  },
  assign: async (workspaceId, tenantId) => {
    await known(workspaceId);
    return owners.assign(workspaceId, tenantId);
  },
  reserve: async (workspaceId, tenantId, maxWorkspaces) => {
    await known(workspaceId);
    const claim = await owners.reserve(workspaceId, tenantId, maxWorkspaces);
    if (claim.kind !== 'lost') return claim;
    readAgain();
    await known(workspaceId);
    return owners.reserve(workspaceId, tenantId, maxWorkspaces);
  },
});
