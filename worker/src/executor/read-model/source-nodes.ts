import { CONTROL_PROJECTION, type FinalNode, type JsonObject, type StoredValue } from '@flowplane/contracts';
import { PayloadMissing, type ContentStore } from '@flowplane/runtime/content-store';
import type { Pool } from '@flowplane/plumbing/postgres';
import { BEHIND, closedNodes, type ProgressTracker } from '@flowplane/runtime/read-model';
import { asOf } from '../../shared/as-of.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';

export type SourceRef = { readonly executionId: string; readonly tenantId: string; readonly workspaceId: string };

/** What runs that are over have left, for those that are retries of them. */
export type SourceNodes = {
  /**
   * The final node table of a run, once the read model has everything of `partition` below `offset`.
   *
   * @returns undefined when the run, or its table, is not there any more, or the run is not over
   * @throws CallAbandoned on `signal`
   */
  readonly tableOf: (
    ref: SourceRef,
    partition: number,
    offset: number,
    signal: AbortSignal,
  ) => Promise<readonly FinalNode[] | undefined>;
  /**
   * The values of stored outputs, in their order.
   *
   * @returns undefined when one of them is not there any more
   */
  readonly outputs: (
    stored: readonly (StoredValue | null)[],
    signal: AbortSignal,
  ) => Promise<readonly (JsonObject | null)[] | undefined>;
};

export type SourceNodesOptions = {
  readonly readPool: Pool;
  readonly progress: Pick<ProgressTracker, 'waitFor'>;
  readonly store: Pick<ContentStore, 'get' | 'getMany'>;
};

export function makeSourceNodes({ readPool, progress, store }: SourceNodesOptions): SourceNodes {
  const read = async (hash: string): Promise<string | undefined> => {
    try {
      return (await store.get(hash)).toString('utf8');
    } catch (cause) {
      if (cause instanceof PayloadMissing) return undefined;
      throw cause;
    }
  };
  return {
    tableOf: (ref, partition, offset, signal) =>
      asOf(
        { progress, name: CONTROL_PROJECTION, partition, offset, signal },
        async () => {
          const { json, hash, nextOffset } = await closedNodes(readPool, ref, partition);
          const text = json ?? (hash === null ? undefined : await read(hash));
          if (text !== undefined) return JSON.parse(text) as readonly FinalNode[];
          return hash !== null || (nextOffset ?? 0) >= offset ? undefined : BEHIND;
        },
        'look',
      ),
    outputs: async (stored, signal) => {
      const hashes = stored.flatMap((value) => value?.ref ?? []);
      const found = await retryWhileUnavailable(() => store.getMany(hashes), signal);
      if (hashes.some((hash) => !found.has(hash))) return undefined;
      return stored.map((value) => {
        const text = value?.json ?? (value?.ref ? found.get(value.ref)?.toString('utf8') : undefined);
        return text === undefined ? null : (JSON.parse(text) as JsonObject);
      });
    },
  };
}
