import type { ConnectionKind } from '../connections/kinds.js';
import { closest, didYouMean } from './closest.js';
import { connectionReferences } from './connection-references.js';
import type { TaskNode } from './document.js';
import { taskType } from './tasks/catalogue.js';

/** Connections of the workspace with their kinds, by name. */
export type KnownConnections = ReadonlyMap<string, ConnectionKind>;

/** What is wrong with the connection that a task names: `rule` follows the pointer. Undefined: nothing that is known. */
export function connectionMisfit(
  node: TaskNode,
  known: KnownConnections,
): { readonly rule: string; readonly hint: string | undefined } | undefined {
  const type = taskType(node.taskType);
  const [reference] = connectionReferences({ nodes: [node] });
  if (reference === undefined || type === undefined || type.connections.length === 0) return undefined;
  const { name } = reference;
  const kind = known.get(name);
  if (kind === undefined) {
    const hint = didYouMean(closest(name, [...known.keys()]));
    return { rule: `names a connection that the workspace does not have: ${JSON.stringify(name)}`, hint };
  }
  const engine = type.connections.find((one) => one === node.input?.['engine']);
  const fitting = engine === undefined ? type.connections : [engine];
  if (fitting.includes(kind)) return undefined;
  const rule = `names a connection of kind ${kind}, where ${type.id} takes ${fitting.join(' or ')}`;
  return { rule, hint: undefined };
}
