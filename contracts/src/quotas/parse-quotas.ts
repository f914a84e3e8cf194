import { COMMAND_DIMENSIONS, isSettable, QUOTA_DIMENSIONS, type Quota, type QuotaOverrides } from './quotas.js';

/** Keeps limit + grace, and every count below them, an exact number. */
const MAX_LIMIT = 1_000_000_000;

/** JSON that is no set of quotas; the message is a sentence that says where and what is expected. */
export class InvalidQuotas extends Error {
  override readonly name = 'InvalidQuotas';
}

/**
 * Narrows `{"max_flows":100,"flow_starts_per_minute":{"limit":50,"grace":5}}`.
 *
 * @param where put before the dimension in messages, e.g. `T.`
 * @throws InvalidQuotas
 */
export function parseQuotas(value: unknown, where = ''): QuotaOverrides {
  const dimensions = objectOrThrow(value, `${where === '' ? 'it' : where} must be an object of dimensions`);
  return Object.fromEntries(
    Object.entries(dimensions).map(([dimension, quota]) => {
      if (isSettable(dimension)) return [dimension, parseQuota(quota, `${where}${dimension}`)];
      const known = [...QUOTA_DIMENSIONS.map((one) => one.dimension), ...COMMAND_DIMENSIONS].join(', ');
      throw new InvalidQuotas(`${where}${dimension} is no dimension; there are ${known}`);
    }),
  );
}

/**
 * Narrows FLOWS_QUOTA_OVERRIDES: the quotas of tenants, by tenant id.
 *
 * @throws InvalidQuotas
 */
export function parseQuotasByTenant(value: unknown): Readonly<Record<string, QuotaOverrides>> {
  const tenants = objectOrThrow(value, 'must be an object of tenants');
  return Object.fromEntries(
    Object.entries(tenants).map(([tenantId, quotas]) => [tenantId, parseQuotas(quotas, `${tenantId}.`)]),
  );
}

function parseQuota(value: unknown, where: string): Quota {
  if (typeof value === 'number') return { limit: limitOrThrow(value, where, -1), grace: 0 };
  const given = objectOrThrow(value, `${where} must be a number or {"limit","grace"}`);
  const unknown = Object.keys(given).find((name) => name !== 'limit' && name !== 'grace');
  if (unknown !== undefined) throw new InvalidQuotas(`${where}.${unknown} is unknown; there are limit and grace`);
  return {
    limit: limitOrThrow(given['limit'], `${where}.limit`, -1),
    grace: limitOrThrow(given['grace'] ?? 0, `${where}.grace`, 0),
  };
}

function limitOrThrow(value: unknown, where: string, min: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= MAX_LIMIT) return value as number;
  throw new InvalidQuotas(`${where} must be a whole number from ${min} to ${MAX_LIMIT}`);
}

function objectOrThrow(value: unknown, expectation: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new InvalidQuotas(expectation);
  return value as Readonly<Record<string, unknown>>;
}
