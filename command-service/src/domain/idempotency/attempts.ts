import { MAX_COMMAND_ATTEMPTS, type Command } from '@flowplane/contracts';
import { refusedAs, type Decision, type DecisionContext } from '../decision.js';
import type { TenantState } from '../tenant-state.js';

/**
 * A later attempt is decided only when an earlier one was stale and no attempt has had an outcome since: the command
 * gets one outcome, whether the same shell sends it again or, after its death, another one. Stale attempts are
 * remembered for as long as Idempotency-Keys.
 */
export function settledEarlier(
  { idempotency }: TenantState,
  { meta: { commandId, attempt } }: Command,
  { now, memory }: DecisionContext,
): Decision | undefined {
  if (attempt === 1) return undefined;
  const stale = idempotency.stale.get(commandId);
  const isOpen = stale !== undefined && now - stale.at < memory.idempotencyTtlMs;
  if (isOpen && stale.attempt < attempt) return undefined;
  return { kind: 'acknowledged', reason: 'replay', originalCommandId: commandId, executionId: null };
}

/** No command stays without an outcome: the last attempt is never stale. */
export const atLastRefused = ({ meta }: Command, decision: Decision): Decision =>
  decision.kind === 'stale' && meta.attempt >= MAX_COMMAND_ATTEMPTS
    ? refusedAs('REVISION_CONFLICT', { flowId: decision.flowId })
    : decision;
