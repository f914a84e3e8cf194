import type { CelInput } from '@bufbuild/cel';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { JsonObject } from '../json.js';
import { ownMember } from '../json.js';
import type { Bindings } from './evaluate.js';
import { celFromJson } from './values.js';

/** Facts of a run that expressions see as `execution` (flow-language 5.3). */
export type ExecutionFacts = {
  readonly id: string;
  readonly flowId: string;
  readonly version: number;
  /** `manual`, `cron`, `webhook` or `platform_event`. */
  readonly triggerType: string;
  /** Start of the run in milliseconds since the epoch. */
  readonly startedAtMs: number;
};

/** Everything an expression of a run may see. */
export type RunContext = {
  /** The state map: start input with defaults, then node outputs by node id. */
  readonly state: JsonObject;
  /** The start input with defaults. */
  readonly inputs: JsonObject;
  /** Outputs of the nodes that have completed with one, by node id. */
  readonly nodes: JsonObject;
  readonly execution: ExecutionFacts;
};

/** Names of the three namespaces; they hide state keys of the same name. */
export const NAMESPACES = ['inputs', 'nodes', 'execution'] as const;

/** Fields of `execution`. */
export const EXECUTION_FIELDS = ['id', 'flowId', 'version', 'triggerType', 'startedAt'] as const;

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables of a run: the namespaces and every state key that is a CEL identifier. */
export function runBindings(context: RunContext): Bindings {
  // Without a prototype: `constructor` must be an unknown identifier, not a function of the host.
  const bindings = Object.create(null) as Record<string, CelInput>;
  for (const key of Object.keys(context.state)) {
    if (IDENTIFIER.test(key) && !NAMESPACES.some((name) => name === key)) {
      define(bindings, key, context.state);
    }
  }
  bindings['inputs'] = celFromJson(context.inputs);
  bindings['nodes'] = celFromJson(context.nodes);
  bindings['execution'] = executionBinding(context.execution);
  return bindings;
}

/** Variables of a trigger's `filter` and `dedupeKey` (flow-language 3.5). */
export function triggerBindings(event: JsonObject, headers: Readonly<Record<string, string>>): Bindings {
  const bindings = Object.create(null) as Record<string, CelInput>;
  bindings['event'] = celFromJson(event);
  bindings['headers'] = celFromJson(headers);
  return bindings;
}

/** Converted on first use, since an expression names few of the keys. */
function define(bindings: Bindings, key: string, state: JsonObject): void {
  Object.defineProperty(bindings, key, {
    configurable: true,
    enumerable: true,
    get() {
      const value = celFromJson(ownMember(state, key) ?? null);
      Object.defineProperty(bindings, key, { value, writable: true, enumerable: true, configurable: true });
      return value;
    },
  });
}

function executionBinding(execution: ExecutionFacts): Bindings[string] {
  return new Map<string, Bindings[string]>([
    ['id', execution.id],
    ['flowId', execution.flowId],
    ['version', BigInt(execution.version)],
    ['triggerType', execution.triggerType],
    ['startedAt', timestampFromMs(execution.startedAtMs)],
  ]);
}
