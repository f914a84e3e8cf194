import type { FlowNode } from '@flowplane/contracts/flow/document';
import { lazy, Suspense, useMemo, useRef } from 'react';
import type { Checked } from './language/requests.js';

const RunGraph = lazy(() => import('../run/graph/run-graph.js'));

export type FlowPictureProps = {
  readonly checked: Checked | undefined;
  readonly selected: string | null;
  readonly onSelect: (nodeId: string) => void;
};

/** The picture of what is being written; while the text is none of a flow, the picture stays as it was, with a sign. */
export function FlowPicture({ checked, selected, onSelect }: FlowPictureProps) {
  const nodes = useLastNodes(checked);
  const isBehind = checked !== undefined && checked.definition === undefined;
  return (
    <div className="view view-graph" data-behind={isBehind}>
      {nodes === undefined ? (
        <p className="empty">{isBehind ? 'The picture comes when the text is that of a flow.' : 'Drawing the flow…'}</p>
      ) : (
        <Suspense fallback={<p className="empty">Drawing the flow…</p>}>
          <RunGraph
            {...{ nodes, states: undefined, selected, follow: selected }}
            onSelect={(nodeId) => {
              if (nodeId !== null) onSelect(nodeId);
            }}
          />
        </Suspense>
      )}
      {isBehind && nodes !== undefined && (
        <p className="picture-sign" role="status">
          As it was before the last mistake
        </p>
      )}
    </div>
  );
}

/** Nodes of the last text that was one of a flow. */
function useLastNodes(checked: Checked | undefined): readonly FlowNode[] | undefined {
  const last = useRef<readonly FlowNode[]>(undefined);
  return useMemo(() => {
    const definition = checked?.definition;
    if (definition !== undefined) last.current = onceEach(definition.nodes);
    return last.current;
  }, [checked]);
}

/** Two nodes of one id are an error, and would be one in the picture. */
const onceEach = (nodes: readonly FlowNode[]): readonly FlowNode[] =>
  [...new Map(nodes.toReversed().map((node) => [node.id, node])).values()].toReversed();
