import { useNavigate } from 'react-router';
import { useMe } from '../api/use-me.js';

/** Goes to the same page of another workspace. */
export function WorkspacePicker({ workspaceId }: { readonly workspaceId: string }) {
  const navigate = useNavigate();
  const me = useMe();
  const known = me.data?.workspaces.map((workspace) => workspace.workspaceId) ?? [];
  const names = known.includes(workspaceId) || workspaceId === '' ? known : [workspaceId, ...known];
  return (
    <label className="picker">
      <span className="soft">{me.data?.tenantId ?? 'Workspace'} /</span>
      <select
        aria-label="Workspace"
        value={workspaceId}
        onChange={(event) => void navigate(`/w/${encodeURIComponent(event.target.value)}/runs`)}
      >
        {workspaceId === '' && <option value="">choose…</option>}
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
