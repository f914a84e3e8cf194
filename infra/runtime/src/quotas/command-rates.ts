import { COMMAND_DIMENSIONS, type CommandDimension, type Quota, type TenantQuota } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { makeTokenBucket, type TokenBucket } from './token-bucket.js';

/** What tenants may append in this process (flows-api 12.4). */
export type CommandRates = {
  /** One more command. @throws Refusal 429 QUOTA_EXCEEDED, `command_rate` */
  readonly admit: (tenantId: string) => void;
  /**
   * The bytes of a command that is appended next. A later attempt is only counted: its command is in the log already.
   *
   * @throws Refusal 429 QUOTA_EXCEEDED, `command_bytes`
   */
  readonly charge: (tenantId: string, bytes: number, attempt: number) => void;
  /** What an operator has set for a tenant, in the place of what was set before. */
  readonly set: (tenantId: string, quotas: readonly TenantQuota[]) => void;
};

export type CommandLimits = Readonly<Record<CommandDimension, Quota>>;

/** A burst is what flows in within so many seconds, and `grace` on top of it. */
const BURST_S: Readonly<Record<CommandDimension, number>> = { command_rate: 20, command_bytes: 12 };
const LONGEST_RETRY_S = 3600;
/** Tenants with a bucket; beyond it those whose buckets are full are forgotten. */
const MAX_BUCKETS = 10_000;

/**
 * @param configured of a tenant; null: there is no built-in gate
 * @param now ms
 */
export function makeCommandRates(
  configured: (tenantId: string) => CommandLimits | null,
  now: () => number,
): CommandRates {
  const own = new Map<string, readonly TenantQuota[]>();
  const buckets = new Map<string, TokenBucket>();

  const bucketOf = (tenantId: string, dimension: CommandDimension): TokenBucket | undefined => {
    const limits = configured(tenantId);
    if (limits === null) return undefined;
    const { limit, grace } = own.get(tenantId)?.find((quota) => quota.dimension === dimension) ?? limits[dimension];
    if (limit < 0) return undefined;
    const key = `${tenantId}/${dimension}`;
    const known = buckets.get(key);
    if (known !== undefined) return known;
    if (buckets.size >= MAX_BUCKETS) forgetFull(buckets, now());
    const bucket = makeTokenBucket(limit, limit * BURST_S[dimension] + grace, now());
    buckets.set(key, bucket);
    return bucket;
  };
  const take = (tenantId: string, dimension: CommandDimension, tokens: number): void => {
    const bucket = bucketOf(tenantId, dimension);
    const waitMs = bucket?.take(tokens, now());
    if (bucket === undefined || waitMs === undefined) return;
    const retryAfterSeconds = Math.min(LONGEST_RETRY_S, Math.max(1, Math.ceil(waitMs / 1000)));
    throw refusal('QUOTA_EXCEEDED', { dimension, retryAfterSeconds, quota: bucket.standing(now()) });
  };
  return {
    admit: (tenantId) => take(tenantId, 'command_rate', 1),
    charge: (tenantId, bytes, attempt) => {
      if (attempt > 1) bucketOf(tenantId, 'command_bytes')?.owe(bytes, now());
      else take(tenantId, 'command_bytes', bytes);
    },
    set: (tenantId, quotas) => {
      const before = own.get(tenantId);
      const rates = quotas.filter(({ dimension }) => COMMAND_DIMENSIONS.some((one) => one === dimension));
      if (rates.length > 0) own.set(tenantId, rates);
      else own.delete(tenantId);
      if (JSON.stringify(before ?? []) === JSON.stringify(rates)) return;
      for (const dimension of COMMAND_DIMENSIONS) buckets.delete(`${tenantId}/${dimension}`);
    },
  };
}

function forgetFull(buckets: Map<string, TokenBucket>, now: number): void {
  for (const [key, bucket] of buckets) if (bucket.isFull(now)) buckets.delete(key);
}
