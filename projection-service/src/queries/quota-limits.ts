/** The five quotas, in the order they are listed (flows-api 12). */
export const QUOTA_DIMENSIONS = [
  { dimension: 'max_flows', scope: 'tenant' },
  { dimension: 'max_flow_versions', scope: 'flow' },
  { dimension: 'max_concurrent_executions', scope: 'workspace' },
  { dimension: 'flow_starts_per_minute', scope: 'workspace' },
  { dimension: 'flow_signal_rate_per_minute', scope: 'workspace' },
] as const;
export type QuotaDimension = (typeof QUOTA_DIMENSIONS)[number]['dimension'];

/** Limits in force; -1: none. */
export type QuotaLimits = { readonly limitOf: (tenantId: string, dimension: QuotaDimension) => number };
export type QuotaOverrides = Readonly<Record<string, Readonly<Partial<Record<QuotaDimension, number>>>>>;

const UNLIMITED = -1;

export function makeQuotaLimits(
  enabled: boolean,
  defaults: Readonly<Record<QuotaDimension, number>>,
  overrides: QuotaOverrides,
): QuotaLimits {
  return {
    limitOf: (tenantId, dimension) => (enabled ? (overrides[tenantId]?.[dimension] ?? defaults[dimension]) : UNLIMITED),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * FLOWS_QUOTA_OVERRIDES: `{"T":{"max_flows":100}}`, a limit being a number or `{"limit":50,"grace":5}`.
 *
 * @throws Error that says what is expected
 */
export function parseQuotaOverrides(value: unknown): QuotaOverrides {
  if (!isObject(value)) throw new Error('must be an object by tenant');
  const known: readonly string[] = QUOTA_DIMENSIONS.map(({ dimension }) => dimension);
  return Object.fromEntries(
    Object.entries(value).map(([tenantId, limits]) => {
      if (!isObject(limits)) throw new Error('must have an object of limits per tenant');
      const unknown = Object.keys(limits).find((name) => !known.includes(name));
      if (unknown !== undefined) throw new Error(`has an unknown quota ${JSON.stringify(unknown)}`);
      return [tenantId, Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, limitNumber(limit)]))];
    }),
  );
}

function limitNumber(value: unknown): number {
  const limit = isObject(value) ? value['limit'] : value;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < UNLIMITED) {
    throw new Error('must have whole numbers from -1 as limits');
  }
  return limit;
}
