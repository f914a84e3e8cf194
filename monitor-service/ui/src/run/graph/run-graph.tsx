import type { FlowNode } from '@flowplane/contracts/flow/document';
import {
  Background,
  BaseEdge,
  Controls,
  EdgeText,
  Handle,
  MarkerType,
  MiniMap,
  Position,
  ReactFlow,
  useReactFlow,
  useStore,
  type Edge,
  type EdgeProps,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { memo, useEffect, useMemo, useRef } from 'react';
import { Problem } from '../../parts/problem.js';
import { StatusBadge } from '../../parts/status-badge.js';
import type { NodeStatus, NodeView } from '../run-model.js';
import { edgePath } from './edge-path.js';
import { layoutOf, NODE_HEIGHT, NODE_WIDTH, type Point } from './layout.js';

type Drawn = Node<{
  readonly label: string;
  readonly kind: string;
  /** Undefined in the picture of a flow that does not run. */
  readonly status: NodeStatus | undefined;
  readonly attempts: number;
}>;

type Line = Edge<{ readonly path: string; readonly label: string | undefined; readonly labelAt: Point | null }>;

export type RunGraphProps = {
  readonly nodes: readonly FlowNode[];
  /** By node id; undefined: the flow itself, without a run. */
  readonly states: ReadonlyMap<string, NodeView> | undefined;
  readonly selected: string | null;
  /** A node that is kept in view; null: the reader looks where they like. */
  readonly follow: string | null;
  readonly onSelect: (nodeId: string | null) => void;
};

/** The picture of a flow, and how far a run of it has come. */
export default function RunGraph(props: RunGraphProps) {
  const { nodes, states, selected, follow, onSelect } = props;
  const layout = useQuery({
    queryKey: ['layout', nodes],
    queryFn: () => layoutOf(nodes),
    staleTime: Infinity,
    retry: false,
    // Where a flow is being written, its picture stays until the next one is ready.
    placeholderData: keepPreviousData,
  });
  const drawn = useMemo((): Drawn[] => {
    const places = layout.data?.places;
    if (places === undefined) return [];
    return nodes
      .filter(({ id }) => places.has(id))
      .map((node) => {
        const state = states?.get(node.id);
        const kind = node.type === 'task' ? node.taskType : node.type;
        const label = node.name ?? node.id;
        const status = states === undefined ? undefined : (state?.status ?? 'pending');
        return {
          ...{ id: node.id, type: 'step', width: NODE_WIDTH, height: NODE_HEIGHT, selected: node.id === selected },
          ...{ position: places.get(node.id) ?? { x: 0, y: 0 }, draggable: false, connectable: false },
          ariaLabel: `${label}, ${kind}${status === undefined ? '' : `, ${status}`}`,
          data: { label, kind, status, attempts: state?.attempts.length ?? 0 },
        };
      });
  }, [layout.data, nodes, states, selected]);
  const edges = useMemo(
    (): Line[] =>
      (layout.data?.edges ?? []).map(({ from, to, label, points, labelAt }, index) => ({
        ...{ id: `e${index}`, type: 'line', source: from, target: to, focusable: false },
        data: { path: edgePath(points), label, labelAt },
        markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: 'var(--soft)' },
      })),
    [layout.data],
  );
  if (layout.isError) return <Problem cause={layout.error} />;
  if (layout.isPending) return <p className="empty">Drawing the flow…</p>;
  return (
    <ReactFlow
      {...{
        nodes: drawn,
        edges,
        nodeTypes: NODE_TYPES,
        edgeTypes: EDGE_TYPES,
        fitView: true,
        fitViewOptions: FIT,
        minZoom: 0.05,
        maxZoom: 2,
      }}
      onlyRenderVisibleElements
      nodesConnectable={false}
      edgesFocusable={false}
      deleteKeyCode={null}
      onNodeClick={(_event, node) => onSelect(node.id)}
      onPaneClick={() => onSelect(null)}
      onKeyDown={(event) => {
        const { key, target } = event;
        const node = key === 'Enter' && target instanceof HTMLElement ? target.dataset['id'] : undefined;
        if (node === undefined) return;
        event.preventDefault(); // no line break in the editor, which may have the focus now
        onSelect(node);
      }}
      proOptions={{ hideAttribution: true }}
    >
      <Background />
      <Controls showInteractive={false} />
      {nodes.length > 12 && (
        <MiniMap pannable zoomable nodeClassName={(node: Drawn) => `mini-${node.data.status ?? ''}`} />
      )}
      <Follow nodeId={follow} />
      <KeepMiddle />
      <FitAgain count={drawn.length} />
    </ReactFlow>
  );
}

const Step = memo(function Step({ data }: NodeProps<Drawn>) {
  return (
    <div className="step" data-status={data.status}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <span className="step-name">{data.label}</span>
      <span className="step-kind">
        {data.kind}
        {data.attempts > 1 && ` · attempt ${data.attempts}`}
      </span>
      {data.status !== undefined && <StatusBadge status={data.status} />}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
});

/** A line where the layout has put it, around the nodes that it does not lead to. */
const RoutedLine = memo(function RoutedLine({ data, markerEnd }: EdgeProps<Line>) {
  if (data === undefined) return null;
  const { path, label, labelAt } = data;
  return (
    <>
      <BaseEdge path={path} {...(markerEnd === undefined ? {} : { markerEnd })} />
      {label !== undefined && labelAt !== null && (
        <EdgeText {...labelAt} label={label} labelBgPadding={[4, 2]} labelBgBorderRadius={4} />
      )}
    </>
  );
});

const NODE_TYPES = { step: Step };
const EDGE_TYPES = { line: RoutedLine };

/** All of a flow, and no larger than it is. */
const FIT = { maxZoom: 1.1, padding: 0.1 };

/** Keeps the middle of the picture in the middle when its frame becomes wider or narrower. */
function KeepMiddle() {
  const { getViewport, setViewport } = useReactFlow();
  const width = useStore((state) => state.width);
  const before = useRef(0);
  useEffect(() => {
    const moved = before.current === 0 ? 0 : (width - before.current) / 2;
    before.current = width;
    const { x, y, zoom } = getViewport();
    if (moved !== 0) void setViewport({ x: x + moved, y, zoom });
  }, [width, getViewport, setViewport]);
  return null;
}

/** Shows all of a picture again when it has more nodes, or fewer. */
function FitAgain({ count }: { readonly count: number }) {
  const { fitView } = useReactFlow();
  const before = useRef(count);
  useEffect(() => {
    if (before.current !== count) void fitView(FIT);
    before.current = count;
  }, [count, fitView]);
  return null;
}

/** Moves the picture so that a node can be seen, when it is out of view. */
function Follow({ nodeId }: { readonly nodeId: string | null }) {
  const { getNode, getViewport, setCenter } = useReactFlow();
  useEffect(() => {
    const node = nodeId === null ? undefined : getNode(nodeId);
    const frame = document.querySelector('.react-flow')?.getBoundingClientRect();
    if (node === undefined || frame === undefined) return;
    const { x, y, zoom } = getViewport();
    const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y];
    const isSeen =
      left >= 0 && top >= 0 && left + NODE_WIDTH * zoom <= frame.width && top + NODE_HEIGHT * zoom <= frame.height;
    if (isSeen) return;
    void setCenter(node.position.x + NODE_WIDTH / 2, node.position.y + NODE_HEIGHT / 2, { zoom, duration: 300 });
  }, [nodeId, getNode, getViewport, setCenter]);
  return null;
}
