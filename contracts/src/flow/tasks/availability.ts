import type { ConnectionKind } from '../../connections/kinds.js';
import { closest, didYouMean } from '../closest.js';
import { connectionReference } from '../connection-references.js';
import type { TaskNode } from '../document.js';
import { taskType } from './catalogue.js';
import type { TaskType } from './task-type.js';

/** What tasks of a workspace can call. */
export type KnownBackends = {
  /** Kinds for which the operator has configured a server for all (`FLOWS_…`); undefined: not known now. */
  readonly defaults: ReadonlySet<ConnectionKind> | undefined;
  /** Kind of each connection of the workspace, by name; undefined: not known now. */
  readonly connections: ReadonlyMap<string, ConnectionKind> | undefined;
};

/** Whether tasks of a type can succeed in a workspace; `reason` is a sentence for people. */
export type Availability =
  { readonly available: true } | { readonly available: false; readonly unavailableReason: string };

/** A type that takes several kinds is available when one of them is. What is not known does not make one unavailable. */
export function availabilityOf(type: TaskType, { defaults, connections }: KnownBackends): Availability {
  if (type.connections.length === 0 || type.needsNoBackend === true) return { available: true };
  if (defaults === undefined || connections === undefined) return { available: true };
  const ofWorkspace = new Set(connections.values());
  if (type.connections.some((kind) => defaults.has(kind) || ofWorkspace.has(kind))) return { available: true };
  const kinds = type.connections.join(' or ');
  return {
    available: false,
    unavailableReason: `No ${kinds} server is configured for all, and the workspace has no connection of kind ${kinds}.`,
  };
}

/** A server or connection that a task uses, of those that may be missing. */
export type BackendUse = {
  readonly nodeId: string;
  /** RFC 6901 pointer of the node in its definition. */
  readonly at: string;
  readonly taskType: string;
  /** One of these, where it is not known before the input is evaluated; at least one. */
  readonly kinds: readonly ConnectionKind[];
  /** Undefined: the server for all. */
  readonly connection: string | undefined;
};

/** What a task node uses; undefined: nothing that may be missing. */
export function backendUse(node: TaskNode, at: string): BackendUse | undefined {
  const type = taskType(node.taskType);
  if (type === undefined || type.connections.length === 0) return undefined;
  const name = connectionReference(node);
  if (name === undefined && type.needsNoBackend === true) return undefined;
  const { kindMember } = type;
  const said =
    kindMember === undefined ? undefined : type.connections.find((kind) => kind === node.input?.[kindMember]);
  const kinds = said === undefined ? type.connections : [said];
  return { nodeId: node.id, at, taskType: type.id, kinds, connection: name };
}

/** What is wrong with a use, as far as is known: `rule` follows its pointer. Undefined: nothing. */
export function backendFault(
  { kinds, connection, taskType: id }: BackendUse,
  { defaults, connections }: KnownBackends,
): { readonly rule: string; readonly hint: string | undefined } | undefined {
  const wanted = kinds.join(' or ');
  if (connection === undefined) {
    if (defaults === undefined || kinds.some((kind) => defaults.has(kind))) return undefined;
    const why = `no ${wanted} server is configured for all, and the task names no connection`;
    return { rule: `${id} is not available here: ${why}`, hint: undefined };
  }
  if (connections === undefined) return undefined;
  const found = connections.get(connection);
  if (found === undefined) {
    const hint = didYouMean(closest(connection, [...connections.keys()]));
    return { rule: `names a connection that the workspace does not have: ${JSON.stringify(connection)}`, hint };
  }
  if (kinds.includes(found)) return undefined;
  return { rule: `names a connection of kind ${found}, where ${id} takes ${wanted}`, hint: undefined };
}
