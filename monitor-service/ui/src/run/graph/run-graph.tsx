import type { FlowNode } from '@flowplane/contracts/flow/document';
import {
  Background,
  BaseEdge,
  Controls,
  Handle,
  MarkerType,
  MiniMap,
  Position,
  ReactFlow,
  useReactFlow,
  useStore,
  type Edge,
  type EdgeProps,
  type FitViewOptions,
  type NodeProps,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { memo, useCallback, useEffect, useMemo, useRef } from 'react';
import { Problem } from '../../parts/problem.js';
import { StatusBadge } from '../../parts/status-badge.js';
import type { NodeState } from '../run-model.js';
import { drawnNodes, shapeOf, type Drawn, type Picture } from './drawn-nodes.js';
import { edgePath } from './edge-path.js';
import { labelSize, layoutOf, NODE_HEIGHT, NODE_WIDTH, type Point } from './layout.js';

type Line = Edge<{ readonly path: string; readonly label: string | undefined; readonly labelAt: Point | null }>;

export type RunGraphProps = {
  readonly nodes: readonly FlowNode[];
  /** By node id; undefined: the flow itself, without a run. */
  readonly states: ReadonlyMap<string, NodeState> | undefined;
  readonly selected: string | null;
  /** A node that is kept in view; null: the reader looks where they like. */
  readonly follow: string | null;
  readonly onSelect: (nodeId: string | null) => void;
};

/** The picture of a flow, and how far a run of it has come. */
export default function RunGraph(props: RunGraphProps) {
  const { nodes, states, selected, follow, onSelect } = props;
  const shape = useMemo(() => shapeOf(nodes), [nodes]);
  const layout = useQuery({
    queryKey: ['layout', shape],
    queryFn: () => layoutOf(nodes),
    staleTime: Infinity,
    retry: false,
    // Where a flow is being written, its picture stays until the next one is ready.
    placeholderData: keepPreviousData,
  });
  const drawn = useDrawnNodes({ nodes, places: layout.data?.places, states, selected });
  const edges = useMemo(
    (): Line[] =>
      (layout.data?.edges ?? []).map(({ from, to, label, points, labelAt }, index) => ({
        ...{ id: `e${index}`, type: 'line', source: from, target: to, focusable: false },
        data: { path: edgePath(points), label, labelAt },
        markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: 'var(--soft)' },
      })),
    [layout.data],
  );
  const onNodeClick = useCallback((_event: unknown, node: Drawn) => onSelect(node.id), [onSelect]);
  const onPaneClick = useCallback(() => onSelect(null), [onSelect]);
  const isLarge = nodes.length > SEEN_AS_A_WHOLE;
  const firstLook = useFirstLook(selected ?? follow ?? nodes[0]?.id, layout.isSuccess);
  if (layout.isError) return <Problem cause={layout.error} retry={() => void layout.refetch()} />;
  if (layout.isPending) return <p className="empty">Drawing the flow…</p>;
  return (
    <ReactFlow
      {...{
        nodes: drawn as Drawn[],
        edges,
        nodeTypes: NODE_TYPES,
        edgeTypes: EDGE_TYPES,
        fitView: true,
        fitViewOptions: isLarge ? firstLook : FIT,
        minZoom: 0.05,
        maxZoom: 2,
      }}
      onlyRenderVisibleElements
      nodesConnectable={false}
      edgesFocusable={false}
      deleteKeyCode={null}
      {...{ onNodeClick, onPaneClick }}
      onKeyDown={(event) => {
        const { key, target } = event;
        const node = key === 'Enter' && target instanceof HTMLElement ? target.dataset['id'] : undefined;
        if (node === undefined) return;
        event.preventDefault(); // no line break in the editor, which may have the focus now
        onSelect(node);
      }}
      proOptions={NO_ATTRIBUTION}
    >
      <Background />
      <Controls showInteractive={false} />
      {nodes.length > 12 && <MiniMap pannable zoomable nodeClassName={miniClass} />}
      <Follow nodeId={follow} />
      <KeepMiddle />
      {!isLarge && <FitAgain count={drawn.length} />}
    </ReactFlow>
  );
}

/** What is drawn, with the objects from before for what has not changed. */
function useDrawnNodes({ nodes, places, states, selected }: Picture): readonly Drawn[] {
  const last = useRef<readonly Drawn[]>([]);
  return useMemo(() => {
    last.current = drawnNodes(last.current, { nodes, places, states, selected });
    return last.current;
  }, [nodes, places, states, selected]);
}

/** A part of a large picture, around a node: the one that matters when the picture is there. */
function useFirstLook(nodeId: string | undefined, isThere: boolean): FitViewOptions {
  const look = useRef<FitViewOptions>(null);
  return useMemo(() => {
    const around = { ...CLOSE_LOOK, nodes: nodeId === undefined ? [] : [{ id: nodeId }] };
    if (isThere) look.current ??= around;
    return look.current ?? around;
  }, [nodeId, isThere]);
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
      <span className="step-state">
        {data.httpStatus !== undefined && <HttpStatus status={data.httpStatus} />}
        {data.status !== undefined && <StatusBadge status={data.status} />}
      </span>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
});

/** A call that got a 404 has completed, which is easily overlooked. */
const HttpStatus = ({ status }: { readonly status: number }) => (
  <span className="http-status" data-refused={status >= 400} title={`The server answered with ${status}`}>
    {status}
  </span>
);

/** A line where the layout has put it, around the nodes that it does not lead to. */
const RoutedLine = memo(function RoutedLine({ data, markerEnd }: EdgeProps<Line>) {
  if (data === undefined) return null;
  const { path, label, labelAt } = data;
  return (
    <>
      <BaseEdge path={path} {...(markerEnd === undefined ? {} : { markerEnd })} />
      {label !== undefined && labelAt !== null && <EdgeLabel {...{ label, labelAt }} />}
    </>
  );
});

/** As wide as the layout has left room for, so that the browser need not measure it. */
function EdgeLabel({ label, labelAt }: { readonly label: string; readonly labelAt: Point }) {
  const { width, height } = labelSize(label);
  return (
    <g transform={`translate(${labelAt.x} ${labelAt.y})`}>
      <rect className="react-flow__edge-textbg" {...{ x: -width / 2, y: -height / 2, width, height, rx: 4 }} />
      <text className="react-flow__edge-text" textAnchor="middle" dominantBaseline="central">
        {label}
      </text>
    </g>
  );
}

const NODE_TYPES = { step: Step };
const EDGE_TYPES = { line: RoutedLine };

const NO_ATTRIBUTION = { hideAttribution: true };
const miniClass = (node: Drawn): string => `mini-${node.data.status ?? ''}`;

/** All of a flow, and no larger than it is. */
const FIT = { maxZoom: 1.1, padding: 0.1 };
/** A flow with more nodes is a grey line when all of it is seen: the picture begins with a part that can be read, */
const SEEN_AS_A_WHOLE = 150;
/** as large as this. */
const CLOSE_LOOK = { maxZoom: 0.7, padding: 0.1 };

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
    void setCenter(node.position.x + NODE_WIDTH / 2, node.position.y + NODE_HEIGHT / 2, {
      zoom,
      duration: 300,
      interpolate: 'linear',
    });
  }, [nodeId, getNode, getViewport, setCenter]);
  return null;
}
