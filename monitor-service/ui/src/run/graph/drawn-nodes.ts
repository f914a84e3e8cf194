import type { FlowNode } from '@flowplane/contracts/flow/document';
import { Position, type Node, type NodeHandle } from '@xyflow/react';
import type { NodeState, NodeStatus } from '../run-model.js';
import { NODE_HEIGHT, NODE_WIDTH, type Point } from './layout.js';

export type Drawn = Node<{
  readonly label: string;
  readonly kind: string;
  /** Undefined in the picture of a flow that does not run. */
  readonly status: NodeStatus | undefined;
  readonly attempts: number;
  /** What the called server answered with, where that is known. */
  readonly httpStatus: number | undefined;
}>;

export type Picture = {
  readonly nodes: readonly FlowNode[];
  readonly places: ReadonlyMap<string, Point> | undefined;
  /** By node id; undefined: the flow itself, without a run. */
  readonly states: ReadonlyMap<string, NodeState> | undefined;
  readonly selected: string | null;
};

/** Where lines begin and end. Said here, so that the browser need not measure a node again each time it changes. */
const HANDLES: NodeHandle[] = [
  { type: 'target', position: Position.Top, x: NODE_WIDTH / 2, y: 0, width: 1, height: 1 },
  { type: 'source', position: Position.Bottom, x: NODE_WIDTH / 2, y: NODE_HEIGHT, width: 1, height: 1 },
];
const SIZE = { width: NODE_WIDTH, height: NODE_HEIGHT };

/** Nodes as they are drawn. One that has not changed since `before` is the same object, which is not drawn again. */
export function drawnNodes(before: readonly Drawn[], { nodes, places, states, selected }: Picture): readonly Drawn[] {
  if (places === undefined) return before.length === 0 ? before : [];
  const known = new Map(before.map((node) => [node.id, node]));
  const after = nodes.flatMap((node): Drawn[] => {
    const position = places.get(node.id);
    if (position === undefined) return [];
    const state = states?.get(node.id);
    const data = {
      label: node.name ?? node.id,
      kind: node.type === 'task' ? node.taskType : node.type,
      status: states === undefined ? undefined : (state?.status ?? 'pending'),
      attempts: state?.attempts.length ?? 0,
      httpStatus: state?.httpStatus,
    };
    const isSelected = node.id === selected;
    const drawn = known.get(node.id);
    if (
      drawn !== undefined &&
      drawn.position === position &&
      drawn.selected === isSelected &&
      isSame(drawn.data, data)
    ) {
      return [drawn];
    }
    return [
      {
        ...{ id: node.id, type: 'step', position, data, selected: isSelected, draggable: false, connectable: false },
        ...{ ...SIZE, measured: SIZE, handles: HANDLES, ariaLabel: nameOf(data) },
      },
    ];
  });
  return after.length === before.length && after.every((node, at) => node === before[at]) ? before : after;
}

const isSame = (one: Drawn['data'], other: Drawn['data']): boolean =>
  one.label === other.label &&
  one.kind === other.kind &&
  one.status === other.status &&
  one.attempts === other.attempts &&
  one.httpStatus === other.httpStatus;

function nameOf({ label, kind, status, httpStatus }: Drawn['data']): string {
  const parts = [label, kind, status, httpStatus === undefined ? undefined : `HTTP ${httpStatus}`];
  return parts.filter((part) => part !== undefined).join(', ');
}

/** What of nodes decides where they are drawn: their lines and their order. The same text: the same picture. */
export const shapeOf = (nodes: readonly FlowNode[]): string =>
  JSON.stringify(
    nodes.map((node) => {
      const { id, type } = node;
      if (type === 'branch') return [id, type, node.arms.map(({ when, next }) => [when, next]), node.default];
      const within = type === 'sequence' ? node.steps : type === 'parallel' ? node.branches : undefined;
      return [id, type, within, node.next];
    }),
  );
