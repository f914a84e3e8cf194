import {
  applyInputDefaults,
  backendUses,
  checkInputs,
  misfitInputs,
  unreachable,
  type BackendUse,
  type FlowDefinition,
  type JsonObject,
  type Warning,
} from '@flowplane/contracts/flow';
import type { Call } from '@flowplane/runtime/api';
import type { WorkspaceBackends } from '@flowplane/runtime/task-backends';
import { LRUCache } from 'lru-cache';
import type { CommandReads } from '../../reads/command-reads.js';

/** What was started: of a flow, with this input. */
export type Started = { readonly flowId: string; readonly version: number; readonly input: JsonObject };

/**
 * Warnings about what the tasks of a started version call and cannot reach now, and about an input that does not fit what
 * it declares (flow-language 3.7). Never fails a start.
 */
export type StartWarnings = (call: Call, started: Started) => Promise<readonly Warning[]>;

/** What is kept of a version. */
type Asked = { readonly uses: readonly BackendUse[]; readonly inputs: FlowDefinition['inputs'] };

/** Servers and connections that tasks of the versions in memory use; a flow may be made again under its id. */
const MAX_KEPT_USES = 20_000;
const KEEP_MS = 60_000;

export function makeStartWarnings(ports: {
  readonly versionOf: CommandReads['versionOf'];
  readonly backends: WorkspaceBackends;
}): StartWarnings {
  const kept = new LRUCache<string, Asked>({
    ...{ maxSize: MAX_KEPT_USES, ttl: KEEP_MS },
    sizeCalculation: ({ uses, inputs = {} }) => uses.length + Object.keys(inputs).length + 1,
  });
  const askedOf = async (call: Call, { flowId, version }: Started): Promise<Asked> => {
    const key = JSON.stringify([call.tenantId, call.workspaceId, flowId, version]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const definition = await ports.versionOf(call, flowId, version);
    const document = definition === undefined ? undefined : (JSON.parse(definition) as FlowDefinition);
    const asked: Asked = { uses: document === undefined ? [] : backendUses(document), inputs: document?.inputs };
    kept.set(key, asked);
    return asked;
  };
  return async (call, started) => {
    try {
      const { uses, inputs } = await askedOf(call, started);
      const declared = inputs === undefined ? {} : { inputs };
      const misfits = misfitInputs(checkInputs(declared, applyInputDefaults(declared, started.input)));
      return uses.length === 0 ? misfits : [...misfits, ...unreachable(uses, await ports.backends(call))];
    } catch {
      return [];
    }
  };
}
