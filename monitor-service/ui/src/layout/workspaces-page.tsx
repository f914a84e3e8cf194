import { Link, Navigate } from 'react-router';
import { useMe } from '../api/use-me.js';
import { Problem } from '../parts/problem.js';

/** The first page: the workspace, where there is one only, else a choice. */
export function WorkspacesPage() {
  const me = useMe();
  if (me.isPending) return <p className="page soft">Looking for your workspaces…</p>;
  if (me.isError) return <Problem cause={me.error} retry={() => void me.refetch()} />;
  const { workspaces, tenantId } = me.data;
  const [first] = workspaces;
  if (first !== undefined && workspaces.length === 1) {
    return <Navigate replace to={`/w/${encodeURIComponent(first.workspaceId)}/runs`} />;
  }
  return (
    <div className="page">
      <title>Workspaces · Flowplane</title>
      <h1>Workspaces of {tenantId}</h1>
      {first === undefined ? (
        <p className="empty">
          There is none yet. The first flow that somebody creates in a workspace makes the workspace; the README shows
          how.
        </p>
      ) : (
        <ul className="list">
          {workspaces.map(({ workspaceId }) => (
            <li key={workspaceId}>
              <Link to={`/w/${encodeURIComponent(workspaceId)}/runs`}>{workspaceId}</Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
