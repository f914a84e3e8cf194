import type { FlowplaneClient } from '@flowplane/contracts/client';
import { useParams } from 'react-router';
import { useSession } from './session.js';

/** The workspace of the page’s address, and the API for it. */
export function useWorkspace(): { readonly workspaceId: string; readonly flowplane: FlowplaneClient } {
  const { workspaceId = '' } = useParams();
  const { flowplaneOf } = useSession();
  return { workspaceId, flowplane: flowplaneOf(workspaceId) };
}
