import { problem, type ApprovalNode, type Identity, type Problem } from '@flowplane/contracts';

/** Name of a signal whose target is in its body, or that has none. */
const UNTARGETED = 'human-approval';

export type SignalBody = {
  /** Null: 400 INVALID_SIGNAL, once the checks before it have passed. */
  readonly approved: boolean | null;
  readonly onBehalfOf: string | null;
};

/** @param lenient FLOWS_LENIENT_SIGNALS: nothing said is an approval */
export function signalBody(body: Readonly<Record<string, unknown>>, lenient: boolean): SignalBody {
  const { approved = lenient ? true : null, actor = null } = body;
  const isActor = actor === null || typeof actor === 'string';
  if (typeof approved !== 'boolean' || !isActor) return { approved: null, onBehalfOf: null };
  return { approved, onBehalfOf: actor };
}

type Caller = Pick<Identity, 'actorId' | 'roles'>;

/**
 * Target of a signal and the verdict on target and caller: 422 UNKNOWN_SIGNAL before 403 NOT_AN_APPROVER (flows-api
 * 7.1, 7.4). An untargeted signal may release any approval of the version, so it must satisfy every list.
 *
 * @param approvals of the version the run is pinned to
 * @param bodyNodeId the body's `nodeId`, which counts only where the name is no node's
 */
export function checkSignal(
  approvals: readonly ApprovalNode[],
  signalName: string,
  bodyNodeId: unknown,
  caller: Caller,
): { readonly nodeId: string | null; readonly verdict: Problem | null } {
  const named = approvals.find(({ id }) => id === signalName);
  const isUntargeted = signalName === UNTARGETED && (bodyNodeId === undefined || bodyNodeId === null);
  const inBody = signalName === UNTARGETED ? approvals.find(({ id }) => id === bodyNodeId) : undefined;
  const target = named ?? inBody;
  const asked = target === undefined ? approvals : [target];
  if ((target === undefined && !isUntargeted) || asked.length === 0) {
    return { nodeId: null, verdict: problem('UNKNOWN_SIGNAL') };
  }
  const isApprover = asked.every(({ approvers = [] }) => mayApprove(approvers, caller));
  return { nodeId: target?.id ?? null, verdict: isApprover ? null : problem('NOT_AN_APPROVER') };
}

const ROLE = 'role:';
const USER = 'user:';

/** Exact and case-sensitive; an empty list restricts nobody, and no role is above it (flow-language 9.4). */
function mayApprove(approvers: readonly string[], { actorId, roles }: Caller): boolean {
  return approvers.length === 0 || approvers.some(matches);

  function matches(entry: string): boolean {
    if (entry.startsWith(ROLE)) return roles.includes(entry.slice(ROLE.length));
    return actorId === (entry.startsWith(USER) ? entry.slice(USER.length) : entry);
  }
}
