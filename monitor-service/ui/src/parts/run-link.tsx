import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useWorkspace } from '../session/use-workspace.js';

/** The address of a page within the workspace. */
export const inWorkspace = (workspaceId: string, ...path: readonly string[]): string =>
  `/${['w', workspaceId, ...path].map(encodeURIComponent).join('/')}`;

export function RunLink({ id, children }: { readonly id: string; readonly children: ReactNode }) {
  const { workspaceId } = useWorkspace();
  return <Link to={inWorkspace(workspaceId, 'runs', id)}>{children}</Link>;
}

export function FlowLink({ id }: { readonly id: string }) {
  const { workspaceId } = useWorkspace();
  return <Link to={inWorkspace(workspaceId, 'flows', id)}>{id}</Link>;
}
