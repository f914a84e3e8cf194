import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '@flowplane/plumbing/logging';
import { isBlank, stateToJson } from '../domain/index.js';
import type { PartitionFold } from './fold.js';
import type { PartitionSnapshot, SnapshotKey, SnapshotStore, TenantSnapshot } from './snapshot-store.js';

/** What a snapshot needs to know of the term whose fold it copies. */
export type SnapshotSource = {
  readonly fold: PartitionFold;
  /** Offset behind the last event that is in the tenants' states, acknowledged or not. */
  readonly decidedEnd: () => number;
  readonly watch: Acknowledgements['watch'];
};

/** Who waits for decided events to be in the log, where they were expected to be. */
export type Acknowledgements = {
  /** To be begun before places are taken: places taken before something else got in between are void. */
  readonly watch: () => { readonly until: (offset: number) => Promise<void> };
  /** The fold's position has moved; `asExpected` unless something else stood in between. */
  readonly settle: (asExpected: boolean) => void;
  /** Nothing will be acknowledged any more. */
  readonly abandon: () => void;
};

export function makeAcknowledgements(fold: PartitionFold): Acknowledgements {
  type Waiter = { readonly offset: number; readonly resolve: () => void; readonly reject: (cause: Error) => void };
  let waiters: readonly Waiter[] = [];
  let gaps = 0;
  const rejectAll = (cause: string): void => {
    for (const waiter of waiters) waiter.reject(new Error(cause));
    waiters = [];
  };
  return {
    watch: () => {
      const gapsBefore = gaps;
      return {
        until: (offset) =>
          new Promise((resolve, reject) => {
            if (gaps !== gapsBefore) reject(new Error('places taken before a gap are void'));
            else if (offset <= fold.position.offset) resolve();
            else waiters = [...waiters, { offset, resolve, reject }];
          }),
      };
    },
    settle: (asExpected) => {
      if (!asExpected) {
        gaps++;
        rejectAll('places taken before a gap are void');
      }
      const [reached, open] = partition(waiters, ({ offset }) => offset <= fold.position.offset);
      waiters = open;
      for (const { resolve } of reached) resolve();
    },
    abandon: () => {
      gaps++;
      rejectAll('the term is over');
    },
  };
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

export type SnapshotWriter = {
  /** Writes a snapshot of what changed since the last one. Never throws; one at a time. */
  readonly write: () => Promise<void>;
};

/** Longest time the event loop is held at a stretch. */
const SLICE_MS = 4;

/**
 * Copies the fold while decisions go on: the position is taken first, each tenant's state a little later and with the
 * offset it was taken at. A reader starts from the position and passes over what a tenant's row holds already. Nothing
 * is written before all of it is acknowledged, so a snapshot never holds what the log does not.
 *
 * @param base position offset of the snapshot that the fold was loaded from; undefined: there was none
 */
export function makeSnapshotWriter(
  store: SnapshotStore,
  key: SnapshotKey,
  source: SnapshotSource,
  base: number | undefined,
  logger: Logger,
): SnapshotWriter {
  let lastBase = base;
  let running: Promise<void> | undefined;
  const { fold } = source;

  const attempt = async (): Promise<void> => {
    const { position, lastCommandOffset, commandsTopicId } = fold;
    if (commandsTopicId === undefined || position.offset === lastBase) return;
    const snapshot: PartitionSnapshot = { position, lastCommandOffset, commandsTopicId };
    const changed = lastBase === undefined ? new Set(fold.tenants.keys()) : fold.dirty;
    fold.dirty = new Set();
    const watch = source.watch();
    try {
      const tenants = await copyTenants(source, changed);
      await watch.until(tenants.reduce((end, { asOf }) => Math.max(end, asOf), position.offset));
      const saved = await store.save(key, snapshot, tenants, lastBase);
      if (saved === 'saved') lastBase = position.offset;
      else giveBack(changed);
      if (saved === 'lost') lastBase = undefined;
    } catch (error) {
      giveBack(changed);
      throw error;
    }
  };
  const giveBack = (changed: ReadonlySet<string>): void => {
    for (const tenantId of changed) fold.dirty.add(tenantId);
  };
  return {
    write: () => {
      running ??= attempt()
        .catch((error: unknown) => logger.warn({ partition: key.partition, err: error }, 'no snapshot this time'))
        .finally(() => {
          running = undefined;
        });
      return running;
    },
  };
}

async function copyTenants(source: SnapshotSource, changed: ReadonlySet<string>): Promise<TenantSnapshot[]> {
  const copies: TenantSnapshot[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const tenantId of changed) {
    const state = source.fold.tenants.get(tenantId);
    const text = state === undefined || isBlank(state) ? null : stateToJson(state);
    copies.push({ tenantId, asOf: source.decidedEnd(), state: text });
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  }
  return copies;
}
