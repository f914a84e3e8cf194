import type { Command } from '@flowplane/contracts';
import { refusedAs, type Decision, type DecisionContext } from './decision.js';
import { idempotencyKey, type BoundKey, type TenantState } from './tenant-state.js';

const isLive = (bound: BoundKey, { now, idempotencyTtlMs }: DecisionContext): boolean =>
  now - bound.boundAt < idempotencyTtlMs;

/**
 * What a command's Idempotency-Key alone decides (flows-api 3.5): a replay, a refusal of another request under the
 * same key, or nothing when the key is free or absent.
 */
export function decidedByKey(state: TenantState, { meta }: Command, context: DecisionContext): Decision | undefined {
  if (meta.idempotency === null) return undefined;
  const { key, fingerprint } = meta.idempotency;
  const bound = state.keys.get(idempotencyKey(meta, key));
  if (bound === undefined || !isLive(bound, context)) return undefined;
  if (bound.fingerprint !== fingerprint) return refusedAs('IDEMPOTENCY_KEY_REUSED');
  const { commandId: originalCommandId, executionId } = bound;
  return { kind: 'acknowledged', reason: 'replay', originalCommandId, executionId };
}

/** Whether a decision binds the command's key: refused and stale commands do not, a replay has its key already. */
export const bindsKey = (decision: Decision): boolean =>
  decision.kind === 'accepted' || (decision.kind === 'acknowledged' && decision.reason === 'already');

/** A tenant at its cap of live keys gets no new one until the oldest expires: nothing is forgotten before its time. */
export function deniedByFullKeys(
  state: TenantState,
  { meta }: Command,
  context: DecisionContext,
): Decision | undefined {
  if (meta.idempotency === null || state.keys.size < context.maxIdempotencyKeys) return undefined;
  let live = state.keys.size;
  for (const bound of state.keys.values()) {
    if (isLive(bound, context)) {
      if (live < context.maxIdempotencyKeys) return undefined;
      const waitMs = bound.boundAt + context.idempotencyTtlMs - context.now;
      return refusedAs('OVERLOADED', {}, { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) });
    }
    live--;
  }
  return undefined;
}

/** Frees the memory of expired keys. Decisions are the same with and without it. */
export function forgetExpiredKeys(state: TenantState, now: number, idempotencyTtlMs: number): void {
  for (const [key, bound] of state.keys) {
    if (now - bound.boundAt < idempotencyTtlMs) return;
    state.keys.delete(key);
  }
}
