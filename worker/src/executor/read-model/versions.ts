import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowDefinition } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { ProgressTracker } from '@flowplane/runtime/read-model';
import { CallAbandoned } from '../../shared/engine-gate.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';

export type VersionRef = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly version: number;
};

/** Published versions, from the read model. */
export type Versions = {
  /**
   * The definition of a version, once the read model has everything of `partition` below `offset`.
   *
   * @returns undefined when there is no such version as of that position
   * @throws CallAbandoned on `signal`
   */
  readonly load: (
    ref: VersionRef,
    partition: number,
    offset: number,
    signal: AbortSignal,
  ) => Promise<FlowDefinition | undefined>;
  /** As far as the read model has it now; of a flow made anew under its old id it may be the earlier one's. */
  readonly peek: (ref: VersionRef) => Promise<FlowDefinition | undefined>;
  /** The flow was deleted or made anew: its version numbers may come to mean something else. */
  readonly forget: (flow: Omit<VersionRef, 'version'>) => void;
  /** Other partitions are followed from now on: what became of their flows meanwhile is not known. */
  readonly forgetAll: () => void;
};

export type VersionsOptions = {
  readonly readPool: Pool;
  readonly progress: ProgressTracker;
  /** Name of the projection that has versions, as the tracker knows it. */
  readonly projection: string;
  readonly maxCachedBytes?: number;
};

/** A version as of a position of the projection: undefined definition, there was none. */
type Found = { readonly definition: FlowDefinition | undefined; readonly bytes: number; readonly asOf: number };
type Cached = { readonly definition: FlowDefinition; readonly bytes: number; readonly flowKey: string };

const DEFAULT_CACHED_BYTES = 64 * 1024 * 1024;
const WAIT_SLICE_MS = 5000;
const LOOK_AGAIN_MS = 100;

/** Version and progress of one moment. Versions of a flow made anew under its old id differ in generation: the last counts. */
const LOAD = `
  SELECT (SELECT definition FROM flows.flow_versions
           WHERE tenant_id = $1 AND workspace_id = $2 AND flow_id = $3 AND version = $4
           ORDER BY generation DESC LIMIT 1) AS definition,
         (SELECT next_offset FROM flows.projection_progress WHERE projection = $5 AND partition = $6) AS next_offset`;

export function makeVersions(options: VersionsOptions): Versions {
  const { readPool, progress, projection, maxCachedBytes = DEFAULT_CACHED_BYTES } = options;
  /** In order of use, oldest first. */
  const cache = new Map<string, Cached>();
  const loading = new Map<string, Promise<Found>>();
  let cachedBytes = 0;
  let timesForgotten = 0;

  const drop = (key: string): void => {
    cachedBytes -= cache.get(key)?.bytes ?? 0;
    cache.delete(key);
  };
  const keep = (key: string, entry: Cached): void => {
    drop(key);
    cache.set(key, entry);
    cachedBytes += entry.bytes;
    for (const oldest of cache.keys()) {
      if (cachedBytes <= maxCachedBytes || oldest === key) break;
      drop(oldest);
    }
  };
  const cached = (key: string): FlowDefinition | undefined => {
    const entry = cache.get(key);
    if (entry === undefined) return undefined;
    cache.delete(key);
    cache.set(key, entry);
    return entry.definition;
  };
  const find = async (ref: VersionRef, partition: number): Promise<Found> => {
    const values = [ref.tenantId, ref.workspaceId, ref.flowId, ref.version, projection, partition];
    const { rows } = await readPool.query<{ definition: string | null; next_offset: string | null }>({
      name: 'load-version',
      text: LOAD,
      values,
    });
    const text = rows[0]?.definition ?? null;
    const definition = text === null ? undefined : (JSON.parse(text) as FlowDefinition);
    return { definition, bytes: 2 * (text?.length ?? 0), asOf: Number(rows[0]?.next_offset ?? 0) };
  };
  /** One question for all that ask it at once. */
  const findTogether = (key: string, ref: VersionRef, partition: number): Promise<Found> => {
    const begun = loading.get(key);
    if (begun !== undefined) return begun;
    const finding = find(ref, partition).finally(() => {
      if (loading.get(key) === finding) loading.delete(key);
    });
    loading.set(key, finding);
    return finding;
  };
  const isReached = (partition: number, offset: number): boolean =>
    progress.connected() && (progress.current(projection, partition) ?? 0) >= offset;

  return {
    peek: async (ref) => cached(versionKeyOf(ref)) ?? (await find(ref, NO_PARTITION)).definition,
    load: async (ref, partition, offset, signal) => {
      const key = versionKeyOf(ref);
      for (;;) {
        const known = cached(key);
        if (known !== undefined) return known;
        if (signal.aborted) throw new CallAbandoned();
        // Not asked before the position is reached: an earlier flow of this id may have had a version of this number.
        if (isReached(partition, offset)) {
          const before = timesForgotten;
          const found = await retryWhileUnavailable(() => findTogether(key, ref, partition), signal);
          const { definition, bytes } = found;
          if (found.asOf >= offset) {
            const isKept = definition !== undefined && before === timesForgotten;
            if (isKept) keep(key, { definition, bytes, flowKey: flowKeyOf(ref) });
            return definition;
          }
          // The read models are being made anew, which the tracker has not heard of yet.
          await sleep(LOOK_AGAIN_MS, undefined, { ref: false });
        }
        await progress.waitFor([projection], partition, offset, Date.now() + WAIT_SLICE_MS, signal);
      }
    },
    forget: (flow) => {
      timesForgotten++;
      const flowKey = flowKeyOf(flow);
      for (const [key, entry] of cache) if (entry.flowKey === flowKey) drop(key);
      for (const key of loading.keys()) if (key.startsWith(`${flowKey}/`)) loading.delete(key);
    },
    forgetAll: () => {
      timesForgotten++;
      cache.clear();
      cachedBytes = 0;
      loading.clear();
    },
  };
}

/** For a look that does not mind how far the read model is. */
const NO_PARTITION = -1;

const flowKeyOf = (flow: Omit<VersionRef, 'version'>): string => `${flow.tenantId}/${flow.workspaceId}/${flow.flowId}`;
const versionKeyOf = (ref: VersionRef): string => `${flowKeyOf(ref)}/${ref.version}`;
