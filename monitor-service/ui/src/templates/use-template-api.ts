import type { FlowplaneClient } from '@flowplane/contracts/client';
import { useMe } from '../api/use-me.js';
import { useSession } from '../session/session.js';

/** Templates belong to the tenant; what they need a workspace for, such as their commands, is below this one (provisioning 1.5). */
const TEMPLATE_WORKSPACE = '_tpl';

/** The API for templates, and whether the person may change them: `me` lists no routes of theirs, but those of the same roles. */
export function useTemplateApi(): { readonly flowplane: FlowplaneClient; readonly may: boolean } {
  const { flowplaneOf } = useSession();
  const workspaces = useMe().data?.workspaces ?? [];
  const may = workspaces.length === 0 || workspaces.some(({ operations }) => operations.includes('createFlow'));
  return { flowplane: flowplaneOf(TEMPLATE_WORKSPACE), may };
}
