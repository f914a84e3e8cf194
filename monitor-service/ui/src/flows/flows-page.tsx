import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { DocsLink } from '../parts/docs-link.js';
import { Problem } from '../parts/problem.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import '../styles/parts.css';

/** The flows of the workspace. */
export default function FlowsPage() {
  const { workspaceId, flowplane } = useWorkspace();
  const flows = useQuery({
    queryKey: ['flows', workspaceId],
    queryFn: async ({ signal }) => (await flowplane.call('listFlows', { signal })).body.items,
  });
  const problem = flows.isError && (
    <Problem cause={flows.error} retry={() => void flows.refetch()} isPage={flows.data === undefined} />
  );
  if (flows.data === undefined) return problem || <p className="page soft">Reading the flows…</p>;
  return (
    <div className="page">
      <title>{`Flows · ${workspaceId} · Flowplane`}</title>
      <header className="page-header">
        <h1>Flows</h1>
        <Link className="button primary" to={`/w/${encodeURIComponent(workspaceId)}/new-flow`}>
          New flow
        </Link>
      </header>
      {problem}
      {flows.data.length === 0 ? (
        <p className="empty">
          There is no flow yet. “New flow” begins one, from an example if you like. See{' '}
          <DocsLink page="language">how flows are written</DocsLink>, and ten flows in the{' '}
          <DocsLink page="cookbook">cookbook</DocsLink>.
        </p>
      ) : (
        <div className="table-frame">
          <table>
            <thead>
              <tr>
                <th>Flow</th>
                <th>Name</th>
                <th>Version</th>
                <th>Changed</th>
              </tr>
            </thead>
            <tbody>
              {flows.data.map((flow) => (
                <tr key={flow.flowId}>
                  <td>
                    <Link to={encodeURIComponent(flow.flowId)}>{flow.flowId}</Link>
                  </td>
                  <td>{flow.name}</td>
                  <td>{flow.latestVersion ?? <span className="soft">not published</span>}</td>
                  <td>
                    <Time at={flow.updatedAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
