import type { Checked } from './errors.js';
import { checked, refuse } from './errors.js';
import { formatTimeValue, readTimeValue } from './time-value.js';

/** What operators set of provisioning (provisioning 18). Times are milliseconds. */
export type ProvisioningSettings = {
  /** Whether templates can be used at all. */
  readonly enabled: boolean;
  /** Templates of a tenant. */
  readonly maxWorkflows: number;
  /** Nodes of a workflow. */
  readonly maxWorkflowSteps: number;
  /** Time of a search, and of one removal of a deprovisioning. */
  readonly requestTimeoutMs: number;
  /** Between two looks at a task of ML Commons. */
  readonly taskRequestRetryDurationMs: number;
  /** Whether a template is for callers only who share a backend role with who made it. */
  readonly filterByBackendRoles: boolean;
  /** Whether what templates create says whose it is. */
  readonly multiTenancyEnabled: boolean;
  /** Provisionings of a tenant at once; they count with multi-tenancy only. */
  readonly maxActiveProvisionsPerTenant: number;
  /** Deprovisionings of a tenant at once; they count with multi-tenancy only. */
  readonly maxActiveDeprovisionsPerTenant: number;
  /** Accepted, as the original has it; nothing here has such a pool. */
  readonly workflowThreadPoolSize: number;
  /** Accepted, as the original has it; nothing here has such a pool. */
  readonly provisionThreadPoolSize: number;
  /** Accepted, as the original has it; nothing here has such a pool. */
  readonly deprovisionThreadPoolSize: number;
};

type Member = keyof ProvisioningSettings;
/** Accepted without effect. */
type Idle = 'remoteMetadataType' | 'remoteMetadataEndpoint' | 'remoteMetadataRegion' | 'remoteMetadataServiceName';

export type SettingName = Member | Idle;
export type SettingValue = boolean | number | string;

/** One row of the table of provisioning 18. */
export type SettingSpec = {
  readonly member: SettingName;
  /** Without the prefix. */
  readonly name: string;
  readonly kind: 'flag' | 'count' | 'time' | 'text';
  readonly fallback: SettingValue;
  /** Of counts and times, bounds included. */
  readonly min: number;
  readonly max: number;
  /** It may be changed while processes run. */
  readonly isDynamic: boolean;
};

export const SETTING_PREFIX = 'plugins.flow_framework.';
const ENVIRONMENT_PREFIX = 'FLOWS_PROVISIONING_';
/** Longest time that is taken. */
const MAX_TIME_MS = 86_400_000;
const MAX_TEXT = 1000;

const flag = (member: Member, name: string, fallback: boolean, isDynamic = true): SettingSpec => ({
  ...{ member, name, kind: 'flag', fallback, min: 0, max: 1, isDynamic },
});
const count = (member: Member, name: string, bounds: readonly [number, number, number], isDynamic = true) => {
  const [fallback, min, max] = bounds;
  return { member, name, kind: 'count', fallback, min, max, isDynamic } satisfies SettingSpec;
};
const time = (member: Member, name: string, fallback: number, min: number): SettingSpec => ({
  ...{ member, name, kind: 'time', fallback, min, max: MAX_TIME_MS, isDynamic: true },
});
const idle = (member: Idle, name: string): SettingSpec => ({
  ...{ member, name, kind: 'text', fallback: '', min: 0, max: MAX_TEXT, isDynamic: false },
});

export const PROVISIONING_SETTINGS: readonly SettingSpec[] = [
  flag('enabled', 'enabled', true),
  count('maxWorkflows', 'max_workflows', [1000, 0, 10_000]),
  count('maxWorkflowSteps', 'max_workflow_steps', [50, 1, 500]),
  time('requestTimeoutMs', 'request_timeout', 10_000, 1),
  time('taskRequestRetryDurationMs', 'task_request_retry_duration', 5000, 1),
  flag('filterByBackendRoles', 'filter_by_backend_roles', false),
  flag('multiTenancyEnabled', 'multi_tenancy_enabled', false, false),
  count('maxActiveProvisionsPerTenant', 'max_active_provisions_per_tenant', [2, 1, 40]),
  count('maxActiveDeprovisionsPerTenant', 'max_active_deprovisions_per_tenant', [1, 1, 40]),
  count('workflowThreadPoolSize', 'workflow_thread_pool_size', [4, 1, 400], false),
  count('provisionThreadPoolSize', 'provision_thread_pool_size', [8, 1, 800], false),
  count('deprovisionThreadPoolSize', 'deprovision_thread_pool_size', [4, 1, 400], false),
  idle('remoteMetadataType', 'remote_metadata_type'),
  idle('remoteMetadataEndpoint', 'remote_metadata_endpoint'),
  idle('remoteMetadataRegion', 'remote_metadata_region'),
  idle('remoteMetadataServiceName', 'remote_metadata_service_name'),
];

/** The variable that has a setting. */
export const settingVariable = ({ name }: Pick<SettingSpec, 'name'>): string => ENVIRONMENT_PREFIX + name.toUpperCase();

/** The setting that a full name, as `plugins.flow_framework.max_workflows`, is of. */
export const settingNamed = (fullName: string): SettingSpec | undefined =>
  fullName.startsWith(SETTING_PREFIX)
    ? PROVISIONING_SETTINGS.find(({ name }) => name === fullName.slice(SETTING_PREFIX.length))
    : undefined;

/** A setting and the value that was given for it. */
export type CheckedSetting = { readonly setting: SettingSpec; readonly value: SettingValue };

/**
 * A value for a setting, as a request or a variable gives it: a JSON scalar, or its text.
 *
 * @param fullName with the prefix
 */
export function checkSetting(fullName: string, value: unknown): Checked<CheckedSetting> {
  return checked(() => {
    const setting = settingNamed(fullName);
    if (setting === undefined) {
      return refuse(400, `setting [${fullName}], not recognized`, 'illegal_argument_exception');
    }
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      return refuse(400, `Failed to parse value for setting [${fullName}]`, 'illegal_argument_exception');
    }
    return { setting, value: readValue(setting, String(value)) };
  });
}

function readValue(setting: SettingSpec, text: string): SettingValue {
  const { name, kind, min, max } = setting;
  const bad = (reason: string): never =>
    refuse(
      400,
      `Failed to parse value [${text}] for setting [${SETTING_PREFIX}${name}]${reason}`,
      'illegal_argument_exception',
    );
  switch (kind) {
    case 'flag':
      return text === 'true' || text === 'false'
        ? text === 'true'
        : refuse(
            400,
            `Failed to parse value [${text}] as only [true] or [false] are allowed.`,
            'illegal_argument_exception',
          );
    case 'count': {
      if (!/^-?\d{1,15}$/.test(text)) return bad('');
      const number = Number(text);
      return number < min ? bad(` must be >= ${min}`) : number > max ? bad(` must be <= ${max}`) : number;
    }
    case 'time': {
      const read = readTimeValue(text, SETTING_PREFIX + name);
      if (!read.ok) return refuse(400, read.message, 'illegal_argument_exception');
      if (read.ms < min) return bad(`, must be >= [${formatTimeValue(min)}]`);
      return read.ms > max ? bad(`, must be <= [${formatTimeValue(max)}]`) : read.ms;
    }
    case 'text':
      return text.length > max ? bad('') : text;
  }
}

/** Settings with some of them changed. Values are those of `checkSetting`; idle ones change nothing. */
export const withSettings = (
  settings: ProvisioningSettings,
  changes: readonly CheckedSetting[],
): ProvisioningSettings =>
  Object.fromEntries([
    ...Object.entries(settings),
    ...changes.filter(({ setting }) => setting.kind !== 'text').map(({ setting, value }) => [setting.member, value]),
  ]) as ProvisioningSettings;

/** Settings where nothing is set. */
export const DEFAULT_PROVISIONING_SETTINGS: ProvisioningSettings = withSettings(
  {} as ProvisioningSettings,
  PROVISIONING_SETTINGS.map((setting) => ({ setting, value: setting.fallback })),
);

/** The settings of an environment; what is empty counts as absent. `faults`: variables with values that cannot be used. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): {
  readonly settings: ProvisioningSettings;
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const given = PROVISIONING_SETTINGS.flatMap((setting): CheckedSetting[] => {
    const variable = settingVariable(setting);
    const text = env[variable] ?? '';
    if (text === '') return [];
    const read = checkSetting(SETTING_PREFIX + setting.name, text);
    if (read.ok) return [read.value];
    faults.push(`${variable}: ${read.error.message}`);
    return [];
  });
  return { settings: withSettings(DEFAULT_PROVISIONING_SETTINGS, given), faults };
}
