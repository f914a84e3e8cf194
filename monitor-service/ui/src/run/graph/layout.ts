import type { FlowNode } from '@flowplane/contracts/flow/document';
import type { ELK as Elk, ElkNode } from 'elkjs/lib/elk-api.js';
import workerUrl from 'elkjs/lib/elk-worker.min.js?url';
import { drawnEdges, type DrawnEdge } from './drawn-edges.js';

/** Size of a node in the picture, in pixels. */
export const NODE_WIDTH = 208;
export const NODE_HEIGHT = 56;

export type Layout = {
  /** Upper left corner of each node, in pixels. */
  readonly places: ReadonlyMap<string, { readonly x: number; readonly y: number }>;
  readonly edges: readonly DrawnEdge[];
};

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.spacing.nodeNode': '28',
  'elk.layered.spacing.nodeNodeBetweenLayers': '48',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
};

let engine: Promise<Elk> | undefined;

/** Loaded when the first picture is drawn; it works beside the page. */
async function layoutEngine(): Promise<Elk> {
  const { default: ELK } = await import('elkjs/lib/elk-api.js');
  return new ELK({ workerUrl });
}

/** Where the nodes of a flow stand in its picture. */
export async function layoutOf(nodes: readonly FlowNode[]): Promise<Layout> {
  engine ??= layoutEngine();
  const edges = drawnEdges(nodes);
  const graph: ElkNode = {
    id: 'flow',
    layoutOptions: OPTIONS,
    children: nodes.map(({ id }) => ({ id, width: NODE_WIDTH, height: NODE_HEIGHT })),
    edges: edges.map(({ from, to }, index) => ({ id: `e${index}`, sources: [from], targets: [to] })),
  };
  const { children = [] } = await (await engine).layout(graph);
  return { edges, places: new Map(children.map(({ id, x = 0, y = 0 }) => [id, { x, y }])) };
}
