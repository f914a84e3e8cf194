import {
  backendUses,
  unreachable,
  type BackendUse,
  type FlowDefinition,
  type Warning,
} from '@flowplane/contracts/flow';
import type { Call } from '@flowplane/runtime/api';
import type { WorkspaceBackends } from '@flowplane/runtime/task-backends';
import { LRUCache } from 'lru-cache';
import type { CommandReads } from '../../reads/command-reads.js';

/** Warnings about what the tasks of a started version call and cannot reach now (flow-language 3.7). Never fails a start. */
export type StartWarnings = (call: Call, flowId: string, version: number) => Promise<readonly Warning[]>;

/** Servers and connections that tasks of the versions in memory use; a flow may be made again under its id. */
const MAX_KEPT_USES = 20_000;
const KEEP_MS = 60_000;

export function makeStartWarnings(ports: {
  readonly versionOf: CommandReads['versionOf'];
  readonly backends: WorkspaceBackends;
}): StartWarnings {
  const kept = new LRUCache<string, readonly BackendUse[]>({
    ...{ maxSize: MAX_KEPT_USES, ttl: KEEP_MS },
    sizeCalculation: (uses) => uses.length + 1,
  });
  const usesOf = async (call: Call, flowId: string, version: number): Promise<readonly BackendUse[]> => {
    const key = JSON.stringify([call.tenantId, call.workspaceId, flowId, version]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const definition = await ports.versionOf(call, flowId, version);
    const uses = definition === undefined ? [] : backendUses(JSON.parse(definition) as FlowDefinition);
    kept.set(key, uses);
    return uses;
  };
  return async (call, flowId, version) => {
    try {
      const uses = await usesOf(call, flowId, version);
      return uses.length === 0 ? [] : unreachable(uses, await ports.backends(call));
    } catch {
      return [];
    }
  };
}
