import { useLocation, useNavigate } from 'react-router';
import { useMe } from '../api/use-me.js';
import { pageOf } from './pages.js';
import { WorkspaceSearch } from './workspace-search.js';

/** Goes to the same page of another workspace. */
export function WorkspacePicker({ workspaceId }: { readonly workspaceId: string }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const me = useMe();
  const known = me.data?.workspaces.map((workspace) => workspace.workspaceId) ?? [];
  const names = known.includes(workspaceId) || workspaceId === '' ? known : [workspaceId, ...known];
  const go = (name: string): void => void navigate(`/w/${encodeURIComponent(name)}/${pageOf(pathname) ?? 'runs'}`);
  const title = `A workspace of the tenant ${me.data?.tenantId ?? ''}`;
  const tenant = <span className="soft">{me.data?.tenantId ?? 'Workspace'} /</span>;
  if (typeof me.data?.nextPageToken === 'string')
    return (
      <div className="picker">
        {tenant}
        <WorkspaceSearch key={workspaceId} {...{ workspaceId, title, go }} />
      </div>
    );
  return (
    <label className="picker">
      {tenant}
      <select aria-label="Workspace" title={title} value={workspaceId} onChange={(event) => go(event.target.value)}>
        {workspaceId === '' && <option value="">choose…</option>}
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
