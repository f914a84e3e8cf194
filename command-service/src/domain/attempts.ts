import { MAX_COMMAND_ATTEMPTS, type Command } from '@flowplane/contracts';
import { refusedAs, type Decision, type DecisionContext } from './decision.js';
import type { TenantState } from './tenant-state.js';

/**
 * A later attempt is decided only where an earlier one was stale and none since came to an outcome: whoever sends it
 * again (the shell that began, another one after it died) the command gets one. Stale attempts are remembered for as
 * long as Idempotency-Keys.
 */
export function settledEarlier(state: TenantState, { meta }: Command, context: DecisionContext): Decision | undefined {
  if (meta.attempt === 1) return undefined;
  const stale = state.stale.get(meta.commandId);
  const isOpen = stale !== undefined && context.now - stale.at < context.idempotencyTtlMs;
  if (isOpen && stale.attempt < meta.attempt) return undefined;
  return { kind: 'acknowledged', reason: 'replay', originalCommandId: meta.commandId, executionId: null };
}

/** No command stays without an outcome: the last attempt is never stale. */
export const atLastRefused = ({ meta }: Command, decision: Decision): Decision =>
  decision.kind === 'stale' && meta.attempt >= MAX_COMMAND_ATTEMPTS
    ? refusedAs('REVISION_CONFLICT', { flowId: decision.flowId })
    : decision;

/** Frees the memory of stale attempts that nobody takes up any more. */
export function forgetStale(state: TenantState, now: number, ttlMs: number): void {
  for (const [commandId, { at }] of state.stale) {
    if (now - at < ttlMs) return;
    state.stale.delete(commandId);
  }
}
