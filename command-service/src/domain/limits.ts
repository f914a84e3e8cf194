/** Quota dimensions in the order of flows-api 12. */
export const DIMENSIONS = [
  'max_flows',
  'max_flow_versions',
  'max_concurrent_executions',
  'flow_starts_per_minute',
  'flow_signal_rate_per_minute',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Denied when usage reaches `limit` + `grace`; -1 is unlimited. */
export type Quota = { readonly limit: number; readonly grace: number };

/** The usage at which each dimension denies; `Infinity` never does. */
export type Limits = Readonly<Record<Dimension, number>>;

export const DEFAULT_QUOTAS: Readonly<Record<Dimension, number>> = {
  max_flows: 50,
  max_flow_versions: 20,
  max_concurrent_executions: 10,
  flow_starts_per_minute: 60,
  flow_signal_rate_per_minute: 120,
};

export type QuotaOverrides = Readonly<Record<string, Readonly<Partial<Record<Dimension, Quota>>>>>;
export type QuotaSettings = {
  /** FLOWS_QUOTAS: off means that nothing is ever denied. */
  readonly enabled: boolean;
  /** FLOWS_QUOTA_<DIMENSION> */
  readonly defaults: Readonly<Record<Dimension, number>>;
  /** FLOWS_QUOTA_OVERRIDES by tenant */
  readonly overrides: QuotaOverrides;
};

const denialAt = ({ limit, grace }: Quota): number => (limit < 0 ? Infinity : limit + grace);

const NO_LIMITS: Limits = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, Infinity])) as Limits;

/** Limits by tenant. Pure: the same settings and tenant give the same limits. */
export function makeLimits(settings: QuotaSettings): (tenantId: string) => Limits {
  if (!settings.enabled) return () => NO_LIMITS;
  const standard = limitsWith(settings, {});
  const overridden = new Map(
    Object.entries(settings.overrides).map(([tenantId, quotas]) => [tenantId, limitsWith(settings, quotas)]),
  );
  return (tenantId) => overridden.get(tenantId) ?? standard;
}

function limitsWith(settings: QuotaSettings, overrides: Readonly<Partial<Record<Dimension, Quota>>>): Limits {
  return Object.fromEntries(
    DIMENSIONS.map((dimension) => [
      dimension,
      denialAt(overrides[dimension] ?? { limit: settings.defaults[dimension], grace: 0 }),
    ]),
  ) as Limits;
}

/**
 * Narrows the JSON of FLOWS_QUOTA_OVERRIDES: `{"T":{"max_flows":100,"flow_starts_per_minute":{"limit":50,"grace":5}}}`.
 *
 * @throws Error saying what is expected
 */
export function parseOverrides(value: unknown): QuotaOverrides {
  const tenants = asObject(value, 'must be an object of tenants');
  return Object.fromEntries(
    Object.entries(tenants).map(([tenantId, quotas]) => [
      tenantId,
      Object.fromEntries(
        Object.entries(asObject(quotas, `${tenantId} must be an object of dimensions`)).map(([dimension, quota]) => {
          if (!DIMENSIONS.some((known) => known === dimension)) throw new Error(`has no dimension ${dimension}`);
          return [dimension, parseQuota(quota, `${tenantId}.${dimension}`)];
        }),
      ),
    ]),
  );
}

function parseQuota(value: unknown, where: string): Quota {
  if (isLimit(value)) return { limit: value, grace: 0 };
  const { limit, grace = 0 } = asObject(value, `${where} must be a number or {"limit","grace"}`);
  if (!isLimit(limit) || !isLimit(grace) || grace < 0) throw new Error(`${where} must have whole numbers`);
  return { limit, grace };
}

const isLimit = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= -1;

function asObject(value: unknown, expectation: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(expectation);
  return value as Record<string, unknown>;
}
