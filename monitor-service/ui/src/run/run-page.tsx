import { parseExecutionId } from '@flowplane/contracts/ids/execution-id';
import type { FlowNode } from '@flowplane/contracts/flow/document';
import { lazy, Suspense, useCallback, useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { useCauses, useRun, useVersion, type RunPlace } from '../api/run-queries.js';
import { Labels } from '../parts/labels.js';
import { JsonView } from '../parts/json-view.js';
import { Problem } from '../parts/problem.js';
import { StatusBadge } from '../parts/status-badge.js';
import { Duration, Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { Causes } from './causes.js';
import { Children } from './children.js';
import { RunLog } from './run-log.js';
import { NodePanel } from './node-panel.js';
import { RunActions } from './run-actions.js';
import { detailAgainMs, EMPTY_RUN, isOver, statesOf, type RunDetail, type RunView } from './run-model.js';
import { tabAfter } from './tab-keys.js';
import { Timeline } from './timeline.js';
import { useRunStream } from './use-run-stream.js';

const RunGraph = lazy(() => import('./graph/run-graph.js'));

const VIEWS = ['graph', 'timeline', 'log', 'data', 'children', 'causes'] as const;
type View = (typeof VIEWS)[number];
const VIEW_NAMES: Readonly<Record<View, string>> = {
  graph: 'Graph',
  timeline: 'Timeline',
  log: 'Log',
  data: 'Input and result',
  children: 'Sub-flows',
  causes: 'Causes',
};

const viewOf = (search: URLSearchParams): View => VIEWS.find((name) => name === search.get('view')) ?? 'graph';

const NO_NODES: ReadonlySet<string> = new Set();
const NO_FLOW: readonly FlowNode[] = [];
const isCall = (node: FlowNode): boolean => node.type === 'task' && node.taskType === 'http.request';

/** One run: what it did, does and why, live. */
export function RunPage() {
  const { executionId = '' } = useParams();
  const flowId = parseExecutionId(executionId)?.flowId;
  if (flowId === undefined) {
    return <p className="page empty">“{executionId}” is not the id of a run: it would be tenant:workspace:flow:run.</p>;
  }
  // By the key, nothing of the run before it is shown.
  return <Run key={executionId} {...{ flowId, executionId }} />;
}

function Run(place: RunPlace) {
  const [search, setSearch] = useSearchParams();
  const { view: told, fault, again } = useRunStream(place.executionId);
  const isRefused = fault !== undefined;
  // Without the stream, the detail knows more than what the stream has told before.
  const view = isRefused ? { ...told, nodes: EMPTY_RUN.nodes, current: null } : told;
  const selected = search.get('node');
  /** Of the version, which is known once the detail is. */
  const calls = useRef<ReadonlySet<string>>(NO_NODES);
  const isPicture = viewOf(search) === 'graph';
  const run = useRun(place, (known) =>
    detailAgainMs(known, { view, selected, isRefused, calls: isPicture ? calls.current : NO_NODES }),
  );
  const version = useVersion(place.flowId, run.data?.version);
  const nodes = version.data === undefined ? NO_FLOW : (version.data.definition['nodes'] as readonly FlowNode[]);
  useEffect(() => {
    calls.current = new Set(nodes.flatMap((node) => (isCall(node) ? [node.id] : [])));
  }, [nodes]);
  const select = useCallback(
    (nodeId: string | null): void =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          if (nodeId === null) next.delete('node');
          else next.set('node', nodeId);
          return next;
        },
        { replace: true },
      ),
    [setSearch],
  );
  if (run.isPending) return <p className="page empty">Reading the run…</p>;
  if (run.data === undefined) return <Problem cause={run.error} retry={() => void run.refetch()} isPage />;
  const node = selected === null ? undefined : run.data.nodes.find(({ nodeId }) => nodeId === selected);
  return (
    <div className="run" data-panel={node !== undefined}>
      <title>{`${view.ended ?? run.data.status} · ${place.flowId} · Flowplane`}</title>
      <RunHeader run={run.data} view={view} />
      {isRefused && <Problem cause={fault} retry={again} />}
      {run.isError && <Problem cause={run.error} retry={() => void run.refetch()} />}
      {version.isError && <Problem cause={version.error} retry={() => void version.refetch()} />}
      <Views {...{ run: run.data, view, nodes, selected, select, isReady: version.isSuccess }} />
      {node !== undefined && (
        <NodePanel
          key={node.nodeId}
          {...{ run: run.data, node, state: view.nodes.get(node.nodeId) }}
          close={() => select(null)}
        />
      )}
    </div>
  );
}

function RunHeader({ run, view }: { readonly run: RunDetail; readonly view: RunView }) {
  const { workspaceId } = useWorkspace();
  const status = view.ended ?? run.status;
  const base = `/w/${encodeURIComponent(workspaceId)}`;
  return (
    <header className="run-header">
      <h1>
        <Link to={`${base}/flows/${encodeURIComponent(run.flowId)}`}>{run.flowId}</Link> <StatusBadge status={status} />
      </h1>
      <RunActions run={run} isOver={isOver(status)} />
      <dl className="facts">
        <dt>Started</dt>
        <dd>
          <Time at={run.startedAt ?? run.createdAt} />
        </dd>
        <dt>Took</dt>
        <dd>
          <Duration from={run.startedAt ?? run.createdAt} to={run.closedAt} />
        </dd>
        <dt>Trigger</dt>
        <dd>{run.triggerType.replace('_', ' ')}</dd>
        <StartedBy executionId={run.executionId} />
        <dt>Version</dt>
        <dd>{run.version}</dd>
        {Object.keys(run.labels ?? {}).length > 0 && (
          <>
            <dt>Labels</dt>
            <dd>
              <Labels labels={run.labels} />
            </dd>
          </>
        )}
        {run.retriedFrom !== null && (
          <>
            <dt>Retry of</dt>
            <dd>
              <Link to={`${base}/runs/${encodeURIComponent(run.retriedFrom)}`}>an earlier run</Link>
            </dd>
          </>
        )}
        <dt>Id</dt>
        <dd>
          <code>{run.executionId}</code>
        </dd>
      </dl>
      {run.failure !== null && (
        <p className="notice notice-error">
          <strong>{run.failure.nodeId ?? 'The run'}</strong> failed with <code>{run.failure.code}</code>:{' '}
          {run.failure.message}
        </p>
      )}
    </header>
  );
}

/** Who asked for the run, where that is still known. */
function StartedBy({ executionId }: { readonly executionId: string }) {
  const command = useCauses(executionId, false).data?.command;
  if (command === null || command === undefined) return null;
  return (
    <>
      <dt>By</dt>
      <dd>{command.actorId}</dd>
    </>
  );
}

const PANEL_ID = 'view';
const tabId = (name: View): string => `view-${name}`;

type ViewsProps = {
  readonly run: RunDetail;
  readonly view: RunView;
  readonly nodes: readonly FlowNode[];
  readonly selected: string | null;
  readonly select: (nodeId: string | null) => void;
  readonly isReady: boolean;
};

function Views({ run, view, nodes, selected, select, isReady }: ViewsProps) {
  const [search, setSearch] = useSearchParams();
  const [isFollowing, setFollowing] = useState(true);
  const hasEnded = isOver(view.ended ?? run.status);
  const shown = viewOf(search);
  const show = (name: View): void => {
    const next = new URLSearchParams(search);
    next.set('view', name);
    setSearch(next, { replace: true });
  };
  const byKey = (event: KeyboardEvent): void => {
    const next = tabAfter(VIEWS, shown, event.key);
    if (next === undefined) return;
    event.preventDefault();
    show(next);
    document.getElementById(tabId(next))?.focus();
  };
  return (
    <section className="views">
      <div role="tablist" aria-label="Views of the run" className="tabs">
        {VIEWS.map((name) => (
          <button
            key={name}
            id={tabId(name)}
            role="tab"
            aria-selected={name === shown}
            aria-controls={PANEL_ID}
            tabIndex={name === shown ? 0 : -1}
            onClick={() => show(name)}
            onKeyDown={byKey}
          >
            {VIEW_NAMES[name]}
          </button>
        ))}
        {shown === 'graph' && view.ended === null && (
          <label className="check">
            <input type="checkbox" checked={isFollowing} onChange={(event) => setFollowing(event.target.checked)} />
            Follow what runs
          </label>
        )}
      </div>
      <div role="tabpanel" id={PANEL_ID} aria-label={VIEW_NAMES[shown]} className={`view view-${shown}`}>
        {shown === 'graph' && isReady && (
          <Suspense fallback={<p className="empty">Drawing the flow…</p>}>
            <RunGraph
              {...{ nodes, states: statesOf(run, view), selected }}
              follow={isFollowing && view.ended === null ? view.current : null}
              onSelect={select}
            />
          </Suspense>
        )}
        {shown === 'timeline' && <Timeline {...{ run, view, nodes, selected }} onSelect={select} />}
        {shown === 'log' && <RunLog {...{ view, executionId: run.executionId }} />}
        {shown === 'children' && (
          <Children {...{ flowId: run.flowId, executionId: run.executionId, isOver: hasEnded }} />
        )}
        {shown === 'causes' && <Causes executionId={run.executionId} />}
        {shown === 'data' && (
          <div className="columns">
            <section>
              <h2>Input</h2>
              <JsonView value={run.input} link={run.inputLink} />
            </section>
            <section>
              <h2>Result</h2>
              <JsonView value={run.result} link={run.resultLink} />
            </section>
          </div>
        )}
      </div>
    </section>
  );
}
