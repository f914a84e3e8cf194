import type { Event, EventMeta } from '@flowplane/contracts';
import type { Memory } from '../decision.js';

/** An Idempotency-Key that an accepted command has used. */
export type BoundKey = {
  readonly fingerprint: string;
  readonly commandId: string;
  readonly executionId: string | null;
  /** Epoch milliseconds. */
  readonly boundAt: number;
};

/** The latest attempt of a command that has no outcome yet, and when it was found stale (epoch milliseconds). */
export type StaleAttempt = { readonly attempt: number; readonly at: number };

export type IdempotencyState = {
  /** By workspace and key, in the order of binding, hence of expiry. */
  readonly keys: Map<string, BoundKey>;
  /** By command id, in the order of `at`. */
  readonly stale: Map<string, StaleAttempt>;
};

export const emptyIdempotency = (): IdempotencyState => ({ keys: new Map(), stale: new Map() });

/** Ids of workspaces hold no `/`. */
export const idempotencyKey = ({ workspaceId }: Pick<EventMeta, 'workspaceId'>, key: string): string =>
  `${workspaceId}/${key}`;

export function evolveIdempotency({ keys, stale }: IdempotencyState, event: Event): void {
  const { meta } = event;
  // What is there already moves to the end: both maps are in the order of time.
  stale.delete(meta.commandId);
  if (event.type === 'CommandStale') stale.set(meta.commandId, { attempt: meta.attempt, at: meta.occurredAt });
  if (meta.idempotency === null || meta.index !== 0 || !bindsKey(event)) return;
  const { commandId, occurredAt: boundAt } = meta;
  const { key, fingerprint } = meta.idempotency;
  const executionId = 'executionId' in event.data ? event.data.executionId : null;
  const id = idempotencyKey(meta, key);
  keys.delete(id);
  keys.set(id, { fingerprint, commandId, executionId, boundAt });
}

/** As `bindsKey` of decisions, by the events that they became. */
function bindsKey(event: Event): boolean {
  switch (event.type) {
    case 'CommandRejected':
    case 'CommandStale':
    case 'TriggerStartRefused':
      return false;
    case 'CommandAcknowledged':
      return event.data.reason === 'already';
    default:
      return true;
  }
}

/** Frees the memory of expired keys and of stale attempts that nobody took up. Decisions are the same without it. */
export function forgetIdempotency({ keys, stale }: IdempotencyState, now: number, { idempotencyTtlMs }: Memory): void {
  for (const [key, { boundAt }] of keys) {
    if (now - boundAt < idempotencyTtlMs) break;
    keys.delete(key);
  }
  for (const [commandId, { at }] of stale) {
    if (now - at < idempotencyTtlMs) break;
    stale.delete(commandId);
  }
}

/** Keys are tuples: a snapshot may have 100,000 of them. */
export const idempotencyToJson = ({ keys, stale }: IdempotencyState) => ({
  keys: [...keys].map(([id, key]) => [id, key.fingerprint, key.commandId, key.executionId, key.boundAt] as const),
  stale: [...stale],
});

export const idempotencyFromJson = ({ keys, stale }: ReturnType<typeof idempotencyToJson>): IdempotencyState => ({
  keys: new Map(
    keys.map(([id, fingerprint, commandId, executionId, boundAt]) => [
      id,
      { fingerprint, commandId, executionId, boundAt },
    ]),
  ),
  stale: new Map(stale),
});
