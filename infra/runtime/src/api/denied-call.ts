import {
  commandNameOf,
  isExecutionOf,
  isFlowId,
  type GuardedRouteName,
  type Identity,
  type Problem,
} from '@flowplane/contracts';
import type { FastifyRequest } from 'fastify';
import { correlationIdOf, type Refusal } from '@flowplane/plumbing/http';

/** Somebody with an identity was not let do something that would have changed something: 403 or 429. */
export type DeniedCall = {
  readonly identity: Pick<Identity, 'tenantId' | 'actorId' | 'roles'>;
  /** Workspace that the audit may show the caller; empty: none is known. */
  readonly workspaceId: string;
  /** As clients know the command, e.g. `execution.signal`. */
  readonly command: string;
  readonly problem: Problem;
  /** Ids of the path where they are the caller's own, else null. */
  readonly flowId: string | null;
  readonly executionId: string | null;
  readonly correlationId: string;
  readonly traceparent: string | null;
};

/** Called with each denied call at once; must not throw, and nobody waits for it. */
export type OnDenied = (denied: DeniedCall) => void;

/**
 * What the audit records of a refusal.
 *
 * @param workspaceId where the caller is at home or let in; null: not known. Where the path names another, no id of the
 *   path is recorded, since it may be somebody else's
 * @returns undefined where the audit wants nothing: other refusals, and routes that change nothing
 */
export function deniedCall(
  request: FastifyRequest,
  route: GuardedRouteName,
  identity: Identity,
  problem: Problem,
  workspaceId: string | null,
): DeniedCall | undefined {
  const command = commandNameOf(route);
  if (command === undefined || (problem.status !== 403 && problem.status !== 429)) return undefined;
  const { flowId, executionId, ...path } = request.params as Readonly<Record<string, string | undefined>>;
  const { tenantId } = identity;
  const isInPath = workspaceId !== null && workspaceId === path['workspaceId'];
  const isOwnFlow = isInPath && flowId !== undefined && isFlowId(flowId);
  const isOwnRun =
    isOwnFlow && executionId !== undefined && isExecutionOf(executionId, { tenantId, workspaceId, flowId });
  return {
    ...{ identity, workspaceId: workspaceId ?? '', command, problem },
    flowId: isOwnFlow ? flowId : null,
    executionId: isOwnRun ? executionId : null,
    ...{ correlationId: correlationIdOf(request), traceparent: request.traceparent },
  };
}

/** Reports a refusal to the audit. @returns the refusal */
export function reported(
  request: FastifyRequest,
  route: GuardedRouteName,
  { onDenied }: { readonly onDenied?: OnDenied },
  identity: Identity,
  refused: Refusal,
  workspaceId: string | null,
): Refusal {
  if (onDenied === undefined) return refused;
  const denied = deniedCall(request, route, identity, refused.problem, workspaceId);
  if (denied !== undefined) onDenied(denied);
  return refused;
}
