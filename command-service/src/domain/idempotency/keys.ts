import type { Command } from '@flowplane/contracts';
import { refusedAs, type Decision, type DecisionContext } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import { idempotencyKey, type BoundKey } from './state.js';

const isLive = (bound: BoundKey, { now, memory }: DecisionContext): boolean =>
  now - bound.boundAt < memory.idempotencyTtlMs;

/**
 * What a command's Idempotency-Key alone decides (flows-api 3.5): a replay, a refusal of another request under the
 * same key, or nothing when the key is free or absent.
 */
export function decidedByKey(
  { idempotency: { keys } }: TenantState,
  { meta }: Command,
  context: DecisionContext,
): Decision | undefined {
  if (meta.idempotency === null) return undefined;
  const { key, fingerprint } = meta.idempotency;
  const bound = keys.get(idempotencyKey(meta, key));
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
  { idempotency: { keys } }: TenantState,
  { meta }: Command,
  context: DecisionContext,
): Decision | undefined {
  const { maxIdempotencyKeys, idempotencyTtlMs } = context.memory;
  if (meta.idempotency === null || keys.size < maxIdempotencyKeys) return undefined;
  let live = keys.size;
  for (const bound of keys.values()) {
    if (isLive(bound, context)) {
      if (live < maxIdempotencyKeys) return undefined;
      const waitMs = bound.boundAt + idempotencyTtlMs - context.now;
      return refusedAs('OVERLOADED', {}, { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) });
    }
    live--;
  }
  return undefined;
}
