import { durationMs, integer } from '@flowplane/plumbing/config';

/** What the decider remembers of each tenant, and for how long. */
export const MEMORY_ENTRIES = {
  idempotencyTtlMs: durationMs('FLOWS_IDEMPOTENCY_TTL', 24 * 60 * 60 * 1000),
  /** Live Idempotency-Keys a tenant may have; beyond it commands with a new key are refused. */
  maxIdempotencyKeys: integer('FLOWS_IDEMPOTENCY_MAX_KEYS', 100_000, { min: 1 }),
  /** How long what a trigger has started is remembered, and how many such fires a tenant may have. */
  dedupeRetentionMs: durationMs('FLOWS_WEBHOOK_DEDUPE_RETENTION', 7 * 24 * 60 * 60 * 1000),
  maxFired: integer('FLOWS_TRIGGER_MAX_FIRED', 500_000, { min: 1 }),
};
