import {
  approverEntries,
  isTooLongName,
  problem,
  readApprover,
  type ApprovalNode,
  type Identity,
  type Problem,
} from '@flowplane/contracts';

/** Name of a signal whose target is in its body, or that has none. */
const UNTARGETED = 'human-approval';

export type SignalBody = {
  /** Null: 400 INVALID_SIGNAL, once the checks before it have passed. */
  readonly approved: boolean | null;
  readonly onBehalfOf: string | null;
  /** What is said with the decision. */
  readonly comment: string | null;
};

/** @param lenient FLOWS_LENIENT_SIGNALS: nothing said is an approval */
export function signalBody(body: Readonly<Record<string, unknown>>, lenient: boolean): SignalBody {
  const { approved = lenient ? true : null, actor = null, comment = null } = body;
  if (typeof approved !== 'boolean' || !isTextOrNull(actor) || !isTextOrNull(comment)) {
    return { approved: null, onBehalfOf: null, comment: null };
  }
  return { approved, onBehalfOf: actor, comment: comment === null || comment.trim() === '' ? null : comment };
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';

type Caller = Pick<Identity, 'actorId' | 'roles'> & {
  /** Whether the caller may know who may approve: the definition says so. */
  readonly readsDefinitions: boolean;
};

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
  const denying = asked.find(({ approvers = [] }) => !mayApprove(approvers, caller));
  return { nodeId: target?.id ?? null, verdict: denying === undefined ? null : notAnApprover(denying, caller) };
}

/** So many of a list are named: the log keeps the refusal. */
const MAX_NAMED = 20;

function notAnApprover({ id, approvers = [] }: ApprovalNode, { readsDefinitions }: Caller): Problem {
  const usable = approvers.filter((entry) => !isTooLongName(entry));
  const named = usable.slice(0, MAX_NAMED).map(readApprover);
  if (!readsDefinitions || isTooLongName(id) || named.length === 0) return problem('NOT_AN_APPROVER');
  const more = usable.length > named.length ? `, and ${usable.length - named.length} more` : '';
  const list = named.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  const [roles, users] = (['role', 'user'] as const).map((asked) =>
    named.filter(({ kind }) => kind === asked).map(({ name }) => name),
  );
  return problem('NOT_AN_APPROVER', {
    message: `The caller is not among the approvers of '${id}': ${list}${more}.`,
    approval: {
      nodeId: id,
      ...(roles?.length ? { requiredRoles: roles } : {}),
      ...(users?.length ? { requiredUsers: users } : {}),
    },
  });
}

/** An empty list restricts nobody, and no role is above it (flow-language 9.4). */
function mayApprove(approvers: readonly string[], caller: Caller): boolean {
  const entries = approverEntries(caller);
  return approvers.length === 0 || approvers.some((entry) => entries.includes(entry));
}
