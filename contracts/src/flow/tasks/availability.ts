import type { ConnectionKind } from '../../connections/kinds.js';
import { DEFAULT_CONNECTION } from '../../connections/kinds.js';
import type { TaskNode } from '../document.js';
import type { JsonObject } from '../json.js';
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

/** The connection that a task's input names; undefined: none, so the server for all is used. */
export function connectionNamed({ connection }: JsonObject): string | undefined {
  return typeof connection === 'string' && connection !== DEFAULT_CONNECTION ? connection : undefined;
}

/** The kind of connection that a task with this input uses; undefined: none, or not known before it is evaluated. */
export function connectionKindOf(type: TaskType, input: JsonObject): ConnectionKind | undefined {
  if (type.kindMember === undefined) return type.connections[0];
  return type.connections.find((kind) => kind === input[type.kindMember ?? '']);
}

/** A server or connection that a task uses, of those that may be missing. */
export type BackendUse = {
  readonly nodeId: string;
  /** RFC 6901 pointer of the node in its definition. */
  readonly at: string;
  readonly taskType: string;
  readonly kind: ConnectionKind;
  /** Undefined: the server for all. */
  readonly connection: string | undefined;
};

/** What a task node uses; undefined: nothing, or not known before its input is evaluated. */
export function backendUse(node: TaskNode, at: string): BackendUse | undefined {
  const input = node.input ?? {};
  const type = taskType(node.taskType);
  const kind = type === undefined ? undefined : connectionKindOf(type, input);
  if (type === undefined || kind === undefined) return undefined;
  const connection = connectionNamed(input);
  if (connection === undefined && type.needsNoBackend === true) return undefined;
  return { nodeId: node.id, at, taskType: type.id, kind, connection };
}

/** What is wrong with a use, as far as is known: a rule that goes on behind the place; undefined: nothing. */
export function backendFault(
  { kind, connection, taskType: id }: BackendUse,
  { defaults, connections }: KnownBackends,
): string | undefined {
  if (connection === undefined) {
    return defaults === undefined || defaults.has(kind)
      ? undefined
      : `${id} is not available here: no ${kind} server is configured for all, and the task names no connection`;
  }
  const found = connections?.get(connection);
  if (connections === undefined || found === kind) return undefined;
  return found === undefined
    ? 'names a connection that the workspace does not have'
    : `names a connection of kind ${found}; the task needs one of kind ${kind}`;
}
