import type { FlowNode } from '@flowplane/contracts/flow/document';
import type { ElkExtendedEdge, ElkLabel, ElkNode } from 'elkjs/lib/elk-api.js';
import workerUrl from 'elkjs/lib/elk-worker.min.js?url';
import { drawnEdges, type DrawnEdge } from './drawn-edges.js';
import { keptUnlessFailed } from './kept-unless-failed.js';

/** Size of a node in the picture, in pixels. */
export const NODE_WIDTH = 208;
export const NODE_HEIGHT = 56;

export type Point = { readonly x: number; readonly y: number };

/** A line with the corners that it goes through, from node to node, and the middle of its label. */
export type PlacedEdge = DrawnEdge & { readonly points: readonly Point[]; readonly labelAt: Point | null };

export type Layout = {
  /** Upper left corner of each node, in pixels. */
  readonly places: ReadonlyMap<string, Point>;
  readonly edges: readonly PlacedEdge[];
};

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.spacing.nodeNode': '28',
  'elk.layered.spacing.nodeNodeBetweenLayers': '44',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '14',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.edgeLabels.placement': 'CENTER',
};

/** Loaded when the first picture is drawn; it works beside the page. */
const layoutEngine = keptUnlessFailed(async (forget) => {
  const { default: ELK } = await import('elkjs/lib/elk-api.js');
  const worker = new Worker(workerUrl);
  // The engine does not notice that its worker cannot be loaded, and would never answer.
  const broken = new Promise<never>((_resolve, reject) => {
    worker.addEventListener('error', () => {
      forget();
      reject(new Error('The picture cannot be drawn: a part of the page could not be loaded, or has failed.'));
    });
  });
  broken.catch(() => undefined); // nobody may be waiting for a picture
  const elk = new ELK({ workerFactory: () => worker });
  return { layout: (graph: ElkNode) => Promise.race([elk.layout(graph), broken]) };
});

/** Of a letter of a label, in pixels; generous, so that labels do not touch. */
const LETTER_WIDTH = 6.6;
const LABEL_HEIGHT = 16;

/** Room for a label, in pixels. */
export const labelSize = (text: string): { readonly width: number; readonly height: number } => ({
  ...{ width: text.length * LETTER_WIDTH, height: LABEL_HEIGHT },
});

const labelOf = (text: string): ElkLabel => ({ text, ...labelSize(text) });

/** Where the nodes of a flow stand in its picture. */
export async function layoutOf(nodes: readonly FlowNode[]): Promise<Layout> {
  const edges = drawnEdges(nodes);
  const graph: ElkNode = {
    id: 'flow',
    layoutOptions: OPTIONS,
    children: nodes.map(({ id }) => ({ id, width: NODE_WIDTH, height: NODE_HEIGHT })),
    edges: edges.map(({ from, to, label }, index) => ({
      ...{ id: `${index}`, sources: [from], targets: [to] },
      ...(label === undefined ? {} : { labels: [labelOf(label)] }),
    })),
  };
  const { children = [], edges: placed = [] } = await (await layoutEngine()).layout(graph);
  return {
    edges: placed.flatMap((edge) => placedEdge(edges[Number(edge.id)], edge)),
    places: new Map(children.map(({ id, x = 0, y = 0 }) => [id, { x, y }])),
  };
}

function placedEdge(edge: DrawnEdge | undefined, { sections, labels }: ElkExtendedEdge): readonly PlacedEdge[] {
  const [section] = sections ?? [];
  if (edge === undefined || section === undefined) return [];
  const [label] = labels ?? [];
  const labelAt =
    label === undefined
      ? null
      : { x: (label.x ?? 0) + (label.width ?? 0) / 2, y: (label.y ?? 0) + (label.height ?? 0) / 2 };
  return [{ ...edge, labelAt, points: [section.startPoint, ...(section.bendPoints ?? []), section.endPoint] }];
}
