import { isJsonObject, type Json, type TemplateResource } from '@flowplane/contracts';
import type { Drift, DriftAnswer, LookupAnswer, PluginsAnswer, TakenLookup } from '@flowplane/runtime/provisioning';
import { driftOf } from '../tasks/provisioning/drift/drift.js';
import { OpenSearchUnreachable, type OpenSearchClient } from '../tasks/provisioning/opensearch/client.js';
import { installedPlugins } from '../tasks/provisioning/opensearch/plugins.js';

export type LookAtClusterOptions = {
  /** Undefined: no OpenSearch is configured. */
  readonly client: OpenSearchClient | undefined;
  readonly isMultiTenant: boolean;
};

/** How long all may use a list of plugins, and that it could not be had. */
const PLUGINS_KEPT_MS = 60_000;
const FAILURE_KEPT_MS = 1000;
/** How long the one who asked for a drift may take to read it. */
const DRIFT_KEPT_MS = 60_000;
/** Resources of one lookup that are asked for at once. */
const AT_ONCE = 4;

/** Answers lookups of services on the cluster that templates provision. */
export const lookAtCluster =
  (options: LookAtClusterOptions) =>
  async (lookup: TakenLookup, signal: AbortSignal): Promise<LookupAnswer> => {
    if (lookup.kind === 'plugins') {
      const answer = await plugins(options, signal);
      return { answer, keptMs: answer === null ? FAILURE_KEPT_MS : PLUGINS_KEPT_MS };
    }
    return { answer: await drifts(options, lookup, signal), keptMs: DRIFT_KEPT_MS };
  };

async function plugins({ client }: LookAtClusterOptions, signal: AbortSignal): Promise<PluginsAnswer> {
  if (client === undefined) return { configured: false };
  try {
    return { configured: true, plugins: await installedPlugins(client, signal) };
  } catch {
    return null;
  }
}

/** What the time does not suffice for is `unknown`. */
async function drifts(
  { client, isMultiTenant }: LookAtClusterOptions,
  { tenantId, request }: TakenLookup,
  signal: AbortSignal,
): Promise<DriftAnswer> {
  const asked = isJsonObject(request) && Array.isArray(request['resources']) ? request['resources'] : [];
  const states: Drift[] = asked.map(() => 'unknown');
  if (client === undefined) return { states };
  const waiting = [...asked.entries()];
  const lookAtOneAfterTheOther = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, one] = next;
      if (signal.aborted || !isJsonObject(one)) continue;
      const { resource, inputs } = one;
      const call = {
        client,
        signal,
        inputs: isJsonObject(inputs) ? inputs : {},
        ...(isMultiTenant ? { tenantId } : {}),
      };
      try {
        if (isResource(resource)) states[index] = await driftOf(resource, call);
      } catch (thrown) {
        if (!signal.aborted && !(thrown instanceof OpenSearchUnreachable)) throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lookAtOneAfterTheOther));
  return { states };
}

const MEMBERS = ['workflow_step_name', 'workflow_step_id', 'resource_type', 'resource_id'] as const;
const isResource = (value: Json | undefined): value is TemplateResource =>
  isJsonObject(value) && MEMBERS.every((name) => typeof value[name] === 'string');
