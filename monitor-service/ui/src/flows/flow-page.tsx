import { useQuery } from '@tanstack/react-query';
import type { FlowDefinition, FlowNode } from '@flowplane/contracts/flow/document';
import { lazy, Suspense } from 'react';
import { Link, useParams } from 'react-router';
import { useFlow } from '../api/flow-queries.js';
import { useVersion } from '../api/run-queries.js';
import { Problem } from '../parts/problem.js';
import { StatusBadge } from '../parts/status-badge.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { StartForm } from './start/start-form.js';
import '../styles/parts.css';

const RunGraph = lazy(() => import('../run/graph/run-graph.js'));

/** One flow: its picture, its versions, its runs, and a start. */
export default function FlowPage() {
  const { workspaceId = '', flowId = '' } = useParams();
  const flow = useFlow(flowId);
  const latest = flow.data?.latestVersion ?? undefined;
  const version = useVersion(flowId, latest === undefined ? undefined : String(latest));
  const problem = flow.isError && (
    <Problem cause={flow.error} retry={() => void flow.refetch()} isPage={flow.data === undefined} />
  );
  // What was read stays beside a later read that fails, and with it what was typed into the form.
  if (flow.data === undefined) return problem || <p className="page soft">Reading the flow…</p>;
  const { name, latestVersion, updatedAt, definition, definitionYaml } = flow.data;
  const nodes = (definition['nodes'] ?? []) as readonly FlowNode[];
  return (
    <div className="page">
      <title>{`${name} · Flowplane`}</title>
      <header className="page-header">
        <h1>{name}</h1>
        <nav className="actions" aria-label="This flow">
          <Link className="button" to="versions">
            Versions
          </Link>
          <Link className="button primary" to="edit">
            Edit
          </Link>
        </nav>
      </header>
      <p className="soft">
        {flowId} · {latestVersion === null ? 'not published' : `version ${latestVersion}`} · changed{' '}
        <Time at={updatedAt} />
      </p>
      {latestVersion === null && <p className="notice">It can be started once it is published: “Edit” leads there.</p>}
      {problem}
      {version.isError && <Problem cause={version.error} retry={() => void version.refetch()} />}
      {version.data !== undefined && (
        <StartForm
          key={JSON.stringify([workspaceId, flowId, latestVersion])}
          flowId={flowId}
          definition={version.data.definition as Pick<FlowDefinition, 'inputs'>}
        />
      )}
      <div className="view view-graph">
        {nodes.length === 0 ? (
          <p className="empty inset">The draft has no nodes yet.</p>
        ) : (
          <Suspense fallback={<p className="empty">Drawing the flow…</p>}>
            <RunGraph {...{ nodes, states: undefined, selected: null, follow: null }} onSelect={() => undefined} />
          </Suspense>
        )}
      </div>
      <RunsOfFlow flowId={flowId} />
      <details>
        <summary>Definition</summary>
        <pre className="json" tabIndex={0}>
          {definitionYaml ?? JSON.stringify(definition, null, 2)}
        </pre>
      </details>
    </div>
  );
}

function RunsOfFlow({ flowId }: { readonly flowId: string }) {
  const { workspaceId, flowplane } = useWorkspace();
  const runs = useQuery({
    queryKey: ['runs-of-flow', workspaceId, flowId],
    queryFn: async ({ signal }) => {
      const query = { 'page[size]': 20 };
      return (await flowplane.call('listExecutions', { params: { flowId }, query, signal })).body.items;
    },
    refetchInterval: 5_000,
  });
  const problem = runs.isError && <Problem cause={runs.error} retry={() => void runs.refetch()} />;
  if (runs.data === undefined) return problem || null;
  return (
    <section>
      <h2>Latest runs</h2>
      {problem}
      {runs.data.length === 0 && <p className="empty">It has not run yet.</p>}
      <ul className="list">
        {runs.data.map((run) => (
          <li key={run.executionId}>
            <Link to={`/w/${encodeURIComponent(workspaceId)}/runs/${encodeURIComponent(run.executionId)}`}>
              <Time at={run.createdAt} />
            </Link>{' '}
            <StatusBadge status={run.status} />
          </li>
        ))}
      </ul>
    </section>
  );
}
