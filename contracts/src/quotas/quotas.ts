import type { TenantQuota } from '../log/messages/index.js';

/** The five quotas, in the order they are listed (flows-api 12). */
export const QUOTA_DIMENSIONS = [
  { dimension: 'max_flows', scope: 'tenant' },
  { dimension: 'max_flow_versions', scope: 'flow' },
  { dimension: 'max_concurrent_executions', scope: 'workspace' },
  { dimension: 'flow_starts_per_minute', scope: 'workspace' },
  { dimension: 'flow_signal_rate_per_minute', scope: 'workspace' },
] as const;
export type QuotaDimension = (typeof QUOTA_DIMENSIONS)[number]['dimension'];

export const isQuotaDimension = (name: string): name is QuotaDimension =>
  QUOTA_DIMENSIONS.some(({ dimension }) => dimension === name);

/**
 * How fast a tenant may append commands (flows-api 12.4): commands and bytes a second. They are held where commands are
 * appended, not by the decider, and are not listed among the quotas.
 */
export const COMMAND_DIMENSIONS = ['command_rate', 'command_bytes'] as const;
export type CommandDimension = (typeof COMMAND_DIMENSIONS)[number];
/** What can be set for a tenant. */
export type SettableDimension = QuotaDimension | CommandDimension;

const SETTABLE: readonly SettableDimension[] = [
  ...QUOTA_DIMENSIONS.map(({ dimension }) => dimension),
  ...COMMAND_DIMENSIONS,
];
export const isSettable = (name: string): name is SettableDimension => SETTABLE.some((one) => one === name);

/** Denied when usage reaches `limit` + `grace`; a limit of -1 is unlimited. */
export type Quota = { readonly limit: number; readonly grace: number };
export type Quotas = Readonly<Record<QuotaDimension, Quota>>;
/** What a tenant has instead of the defaults. */
export type QuotaOverrides = Readonly<Partial<Record<SettableDimension, Quota>>>;

export const DEFAULT_LIMITS: Readonly<Record<QuotaDimension, number>> = {
  max_flows: 50,
  max_flow_versions: 20,
  max_concurrent_executions: 10,
  flow_starts_per_minute: 60,
  flow_signal_rate_per_minute: 120,
};

const quotasFrom = (quotaOf: (dimension: QuotaDimension) => Quota): Quotas =>
  Object.fromEntries(QUOTA_DIMENSIONS.map(({ dimension }) => [dimension, quotaOf(dimension)])) as Quotas;

export const UNLIMITED: Quotas = quotasFrom(() => ({ limit: -1, grace: 0 }));

/** Limits without grace as quotas. */
export const hardQuotas = (limits: Readonly<Record<QuotaDimension, number>>): Quotas =>
  quotasFrom((dimension) => ({ limit: limits[dimension], grace: 0 }));

export const withOverrides = (quotas: Quotas, overrides: QuotaOverrides): Quotas =>
  quotasFrom((dimension) => overrides[dimension] ?? quotas[dimension]);

/**
 * The quotas of a tenant: what was set for it goes before what is configured.
 *
 * @param configured null where there is no built-in gate; then nothing that is set counts either
 */
export function quotasInForce(configured: Quotas | null, set: readonly TenantQuota[]): Quotas {
  if (configured === null) return UNLIMITED;
  return quotasFrom((dimension) => {
    const own = set.find((quota) => quota.dimension === dimension);
    return own === undefined ? configured[dimension] : { limit: own.limit, grace: own.grace };
  });
}

/** The usage at which a quota denies; `Infinity` never does. */
export const deniedFrom = ({ limit, grace }: Quota): number => (limit < 0 ? Infinity : limit + grace);

/** Quotas as messages carry them, in the order of the dimensions. */
export const asTenantQuotas = (quotas: QuotaOverrides): readonly TenantQuota[] =>
  SETTABLE.flatMap((dimension) => {
    const quota = quotas[dimension];
    return quota === undefined ? [] : [{ dimension, limit: quota.limit, grace: quota.grace }];
  });
