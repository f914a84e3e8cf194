import type { AnswerOf } from '@flowplane/contracts/client';
import { useMe } from './use-me.js';
import { useWorkspace } from '../session/use-workspace.js';

type Me = AnswerOf<'getMe'>;
export type Operation = Me['workspaces'][number]['operations'][number];

/**
 * Whether somebody may do something in a workspace. Of a workspace that `me` does not list, or before it was read, nothing
 * is known: then it may be tried, and the API says.
 */
export const mayDo = (me: Me | undefined, workspaceId: string, operation: Operation): boolean =>
  me?.workspaces.find((one) => one.workspaceId === workspaceId)?.operations.includes(operation) ?? true;

/** Whether the person may do it in the workspace of the page. */
export function useMay(operation: Operation): boolean {
  const { workspaceId } = useWorkspace();
  return mayDo(useMe().data, workspaceId, operation);
}
