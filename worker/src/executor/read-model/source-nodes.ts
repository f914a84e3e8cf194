import { setTimeout as sleep } from 'node:timers/promises';
import type { FinalNode, JsonObject, StoredValue } from '@flowplane/contracts';
import { PayloadMissing, type ContentStore } from '@flowplane/runtime/content-store';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { ProgressTracker } from '@flowplane/runtime/read-model';
import { CallAbandoned } from '../../shared/engine-gate.js';
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
  /** Name of the projection that has runs, as the tracker knows it. */
  readonly projection: string;
  readonly store: Pick<ContentStore, 'get' | 'getMany'>;
};

const WAIT_SLICE_MS = 5000;
const LOOK_AGAIN_MS = 100;
/** Table and progress of one moment. */
const LOAD = `
  SELECT run.nodes_json, run.nodes_ref, progress.next_offset
    FROM (SELECT 1) AS one
    LEFT JOIN flows.executions run
      ON run.execution_id = $1 AND run.tenant_id = $2 AND run.workspace_id = $3 AND run.closed_at IS NOT NULL
    LEFT JOIN flows.projection_progress progress ON progress.projection = $4 AND progress.partition = $5`;
type Row = {
  readonly nodes_json: string | null;
  readonly nodes_ref: string | null;
  readonly next_offset: string | null;
};

export function makeSourceNodes({ readPool, progress, projection, store }: SourceNodesOptions): SourceNodes {
  const load = async (ref: SourceRef, partition: number): Promise<Row | undefined> => {
    const values = [ref.executionId, ref.tenantId, ref.workspaceId, projection, partition];
    const { rows } = await readPool.query<Row>({ name: 'load-source-nodes', text: LOAD, values });
    return rows[0];
  };
  const read = async (hash: string): Promise<string | undefined> => {
    try {
      return (await store.get(hash)).toString('utf8');
    } catch (cause) {
      if (cause instanceof PayloadMissing) return undefined;
      throw cause;
    }
  };
  return {
    tableOf: async (ref, partition, offset, signal) => {
      for (;;) {
        if (signal.aborted) throw new CallAbandoned();
        const row = await retryWhileUnavailable(() => load(ref, partition), signal);
        const { nodes_json: json = null, nodes_ref: hash = null } = row ?? {};
        if (json !== null) return JSON.parse(json) as readonly FinalNode[];
        if (hash !== null) {
          const text = await retryWhileUnavailable(() => read(hash), signal);
          return text === undefined ? undefined : (JSON.parse(text) as readonly FinalNode[]);
        }
        if (Number(row?.next_offset ?? 0) >= offset) return undefined;
        // The tracker may not have heard yet that the read models are being made anew.
        await sleep(LOOK_AGAIN_MS, undefined, { ref: false });
        await progress.waitFor([projection], partition, offset, Date.now() + WAIT_SLICE_MS, signal);
      }
    },
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
