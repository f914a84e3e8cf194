import { ROUTES } from '../api/routes.js';
import { judgeAccess } from './access.js';
import type { Identity } from './identity.js';

const ROLE = 'role:';
const USER = 'user:';

export type Approver = { readonly kind: 'role' | 'user'; readonly name: string };

/** An entry of `approvers`: a role, or a subject with or without its prefix (flow-language 9.4). */
export function readApprover(entry: string): Approver {
  if (entry.startsWith(ROLE)) return { kind: 'role', name: entry.slice(ROLE.length) };
  return { kind: 'user', name: entry.startsWith(USER) ? entry.slice(USER.length) : entry };
}

/** The entries of `approvers` that name a caller: exact and case-sensitive. */
export function approverEntries({ actorId, roles }: Pick<Identity, 'actorId' | 'roles'>): readonly string[] {
  const bare = readApprover(actorId);
  return [
    ...roles.map((role) => ROLE + role),
    USER + actorId,
    ...(bare.kind === 'user' && bare.name === actorId ? [actorId] : []),
  ];
}

/** Whether a caller who was let into the workspace may send signals there; which approvals they decide is another matter. */
export const maySignal = (identity: Identity): boolean =>
  identity.hasSubject &&
  judgeAccess({ identity, route: ROUTES.signalExecution, registry: 'off' }, '', undefined).granted;
