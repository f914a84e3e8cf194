import { CONTROL_PROJECTION, type FlowDefinition } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { anyVersion, BEHIND, type ProgressTracker, type VersionRef } from '@flowplane/runtime/read-model';
import { asOf } from '../../shared/as-of.js';

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
  /** As far as the read model has it now; of a flow created again under its old id it may be the earlier one's. */
  readonly peek: (ref: VersionRef) => Promise<FlowDefinition | undefined>;
  /** The flow was deleted or created again: its version numbers may come to mean something else. */
  readonly forget: (flow: Omit<VersionRef, 'version'>) => void;
  /** Other partitions are followed from now on: what became of their flows meanwhile is not known. */
  readonly forgetAll: () => void;
};

export type VersionsOptions = {
  readonly readPool: Pool;
  readonly progress: Pick<ProgressTracker, 'waitFor'>;
  readonly maxCachedBytes?: number;
};

/** A version as of a position of the projection: undefined definition, there was none. */
type Found = { readonly definition: FlowDefinition | undefined; readonly bytes: number; readonly asOf: number };
type Cached = { readonly definition: FlowDefinition; readonly bytes: number; readonly flowKey: string };

const DEFAULT_CACHED_BYTES = 64 * 1024 * 1024;

export function makeVersions(options: VersionsOptions): Versions {
  const { readPool, progress, maxCachedBytes = DEFAULT_CACHED_BYTES } = options;
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
  const find = async (ref: VersionRef, partition?: number): Promise<Found> => {
    const { definition: text, nextOffset } = await anyVersion(readPool, ref, partition);
    const definition = text === null ? undefined : (JSON.parse(text) as FlowDefinition);
    return { definition, bytes: 2 * (text?.length ?? 0), asOf: nextOffset };
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

  return {
    peek: async (ref) => cached(versionKeyOf(ref)) ?? (await find(ref)).definition,
    load: async (ref, partition, offset, signal) => {
      const key = versionKeyOf(ref);
      const look = async (): Promise<FlowDefinition | undefined | typeof BEHIND> => {
        const known = cached(key);
        if (known !== undefined) return known;
        const before = timesForgotten;
        const found = await findTogether(key, ref, partition);
        if (found.asOf < offset) return BEHIND;
        const { definition, bytes } = found;
        const isKept = definition !== undefined && before === timesForgotten;
        if (isKept) keep(key, { definition, bytes, flowKey: flowKeyOf(ref) });
        return definition;
      };
      // Not asked before the position is reached: an earlier flow of this id may have had a version of this number.
      const place = { progress, name: CONTROL_PROJECTION, partition, offset, signal };
      return cached(key) ?? asOf(place, look, 'wait');
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

const flowKeyOf = (flow: Omit<VersionRef, 'version'>): string => `${flow.tenantId}/${flow.workspaceId}/${flow.flowId}`;
const versionKeyOf = (ref: VersionRef): string => `${flowKeyOf(ref)}/${ref.version}`;
