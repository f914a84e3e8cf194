import { useMutation, useQuery } from '@tanstack/react-query';
import type { FlowNode } from '@flowplane/contracts/flow/document';
import { lazy, Suspense, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { startedRun } from '../api/started-run.js';
import { Problem } from '../parts/problem.js';
import { StatusBadge } from '../parts/status-badge.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';

const RunGraph = lazy(() => import('../run/graph/run-graph.js'));

/** One flow: its picture, its versions, its runs, and a start. */
export default function FlowPage() {
  const { flowId = '' } = useParams();
  const { workspaceId, flowplane } = useWorkspace();
  const flow = useQuery({
    queryKey: ['flow', workspaceId, flowId],
    queryFn: async ({ signal }) => (await flowplane.call('getFlow', { params: { flowId }, signal })).body,
  });
  if (flow.isPending) return <p className="page soft">Reading the flow…</p>;
  if (flow.isError) return <Problem cause={flow.error} retry={() => void flow.refetch()} />;
  const nodes = (flow.data.definition['nodes'] ?? []) as readonly FlowNode[];
  return (
    <div className="page">
      <title>{`${flow.data.name} · Flowplane`}</title>
      <h1>{flow.data.name}</h1>
      <p className="soft">
        {flowId} · {flow.data.latestVersion === null ? 'not published' : `version ${flow.data.latestVersion}`} · changed{' '}
        <Time at={flow.data.updatedAt} />
      </p>
      {flow.data.latestVersion !== null && <StartForm flowId={flowId} />}
      <div className="view view-graph">
        <Suspense fallback={<p className="empty">Drawing the flow…</p>}>
          <RunGraph {...{ nodes, states: undefined, selected: null, follow: null }} onSelect={() => undefined} />
        </Suspense>
      </div>
      <RunsOfFlow flowId={flowId} />
      <details>
        <summary>Definition</summary>
        <pre className="json" tabIndex={0}>
          {flow.data.definitionYaml ?? JSON.stringify(flow.data.definition, null, 2)}
        </pre>
      </details>
    </div>
  );
}

function StartForm({ flowId }: { readonly flowId: string }) {
  const { workspaceId, flowplane } = useWorkspace();
  const navigate = useNavigate();
  const [text, setText] = useState('{}');
  const start = useMutation({
    mutationFn: async () => {
      const { body } = await flowplane.call('startExecution', { params: { flowId }, body: { input: jsonOf(text) } });
      return startedRun(flowplane, body);
    },
    onSuccess: (id) => navigate(`/w/${encodeURIComponent(workspaceId)}/runs/${encodeURIComponent(id)}`),
  });
  return (
    <form
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <label>
        Input (JSON)
        <textarea
          name="input"
          rows={3}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <button className="primary" disabled={start.isPending}>
        Start a run
      </button>
      {start.isError && <Problem cause={start.error} />}
    </form>
  );
}

/** @throws Error that says what is wrong with the text */
function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new Error(`The input is not JSON: ${(cause as Error).message}`, { cause });
  }
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
  if (runs.isPending) return null;
  if (runs.isError) return <Problem cause={runs.error} />;
  return (
    <section>
      <h2>Latest runs</h2>
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
