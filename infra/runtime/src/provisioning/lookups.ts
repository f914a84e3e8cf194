import { isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import type { TemplateResource } from '@flowplane/contracts';

/** What is asked about the provisioned cluster. Only a worker talks to it. */
export type LookupKind = 'plugins' | 'drift';

/** A recorded resource with what its template says of the node. */
export type DriftResource = { readonly resource: TemplateResource; readonly inputs: JsonObject };
export type DriftRequest = { readonly resources: readonly DriftResource[] };

/** How a recorded resource stands on the cluster. `unknown`: that could not be found out. */
export type Drift = 'present' | 'missing' | 'changed' | 'unknown';
const DRIFTS: ReadonlySet<Json> = new Set(['present', 'missing', 'changed', 'unknown']);

/** `unknown`: the cluster gave no answer, or no worker looked. */
export type InstalledPlugins =
  { readonly configured: false } | { readonly configured: true; readonly plugins: ReadonlySet<string> } | 'unknown';

/** What a worker writes down for `plugins`; null: it does not know. */
export type PluginsAnswer =
  { readonly configured: false } | { readonly configured: true; readonly plugins: readonly string[] } | null;
/** What a worker writes down for `drift`, in the order of the request. */
export type DriftAnswer = { readonly states: readonly Drift[] };

/** Reads an answer, which a worker of another release may have written. */
export function pluginsIn(answer: Json | undefined): InstalledPlugins {
  if (!isJsonObject(answer)) return 'unknown';
  if (answer['configured'] === false) return { configured: false };
  const names = answer['plugins'];
  if (!Array.isArray(names)) return 'unknown';
  return { configured: true, plugins: new Set(names.filter((name): name is string => typeof name === 'string')) };
}

/** One state for each resource of the request. */
export function driftIn(answer: Json | undefined, { resources }: DriftRequest): readonly Drift[] {
  const states = isJsonObject(answer) ? answer['states'] : undefined;
  const isDrift = (state: Json | undefined): state is Drift => state !== undefined && DRIFTS.has(state);
  return resources.map((_, index) => {
    const state = Array.isArray(states) ? states[index] : undefined;
    return isDrift(state) ? state : 'unknown';
  });
}
