import { useState, type FormEvent } from 'react';
import { Link, Navigate, useNavigate } from 'react-router';
import { useMe } from '../api/use-me.js';
import { inWorkspace } from '../parts/run-link.js';
import { Problem } from '../parts/problem.js';

/** The first page: the workspace, where there is one only, else a choice. */
export function WorkspacesPage() {
  const me = useMe();
  if (me.isPending) return <p className="page soft">Looking for your workspaces…</p>;
  if (me.data === undefined) return <Problem cause={me.error} retry={() => void me.refetch()} isPage />;
  const { workspaces, tenantId, nextPageToken } = me.data;
  const [first] = workspaces;
  if (first !== undefined && workspaces.length === 1) {
    return <Navigate replace to={`/w/${encodeURIComponent(first.workspaceId)}/runs`} />;
  }
  return (
    <div className="page">
      <title>Workspaces · Flowplane</title>
      <h1>Workspaces of {tenantId}</h1>
      {first === undefined ? (
        <FirstWorkspace />
      ) : (
        <>
          {nextPageToken !== null && (
            <p className="soft">These are the first {workspaces.length}: find others above, by their names.</p>
          )}
          <ul className="list">
            {workspaces.map(({ workspaceId }) => (
              <li key={workspaceId}>
                <Link to={`/w/${encodeURIComponent(workspaceId)}/runs`}>{workspaceId}</Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** A workspace is made by its first flow: a name leads to that. */
function FirstWorkspace() {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void navigate(inWorkspace(name, 'new-flow'));
  };
  return (
    <form className="card form" onSubmit={submit}>
      <p>There is none yet. The first flow that somebody creates in a workspace makes the workspace.</p>
      <label>
        Name of the workspace
        <input
          {...{ name: 'workspace', required: true, pattern: '[A-Za-z0-9_\\-]{1,64}', value: name }}
          {...{ autoComplete: 'off', spellCheck: false, placeholder: 'main' }}
          title="Letters, digits, hyphens and underscores, at most 64"
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <button className="primary">Write its first flow</button>
    </form>
  );
}
