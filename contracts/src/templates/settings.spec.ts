import { describe, expect, test } from 'vitest';
import {
  checkSetting,
  DEFAULT_PROVISIONING_SETTINGS,
  PROVISIONING_SETTINGS,
  readSettings,
  SETTING_PREFIX,
  settingVariable,
} from './settings.js';

const messageOf = (name: string, value: unknown): string => {
  const read = checkSetting(SETTING_PREFIX + name, value);
  return read.ok ? '' : read.error.message;
};

describe('settings of provisioning', () => {
  test('nothing set: the defaults of the specification', () => {
    expect(readSettings({})).toEqual({ settings: DEFAULT_PROVISIONING_SETTINGS, faults: [] });
    expect(DEFAULT_PROVISIONING_SETTINGS).toMatchObject({
      ...{ enabled: true, maxWorkflows: 1000, maxWorkflowSteps: 50, requestTimeoutMs: 10_000 },
      ...{ taskRequestRetryDurationMs: 5000, filterByBackendRoles: false, multiTenancyEnabled: false },
      ...{ maxActiveProvisionsPerTenant: 2, maxActiveDeprovisionsPerTenant: 1 },
    });
  });

  test('every default is within its bounds', () => {
    for (const { name, fallback, kind } of PROVISIONING_SETTINGS) {
      expect(messageOf(name, kind === 'time' ? `${String(fallback)}ms` : fallback)).toBe('');
    }
  });

  test('they are read from variables, and each that cannot be is named', () => {
    const { settings, faults } = readSettings({
      ...{ FLOWS_PROVISIONING_MAX_WORKFLOWS: '7', FLOWS_PROVISIONING_REQUEST_TIMEOUT: '2m' },
      ...{ FLOWS_PROVISIONING_ENABLED: 'false', FLOWS_PROVISIONING_MAX_WORKFLOW_STEPS: '501' },
      ...{ FLOWS_PROVISIONING_FILTER_BY_BACKEND_ROLES: '', FLOWS_PROVISIONING_REMOTE_METADATA_TYPE: 'any' },
    });
    expect(settings).toEqual({
      ...DEFAULT_PROVISIONING_SETTINGS,
      ...{ maxWorkflows: 7, requestTimeoutMs: 120_000, enabled: false },
    });
    expect(faults).toEqual([
      'FLOWS_PROVISIONING_MAX_WORKFLOW_STEPS: Failed to parse value [501] for setting [plugins.flow_framework.max_workflow_steps] must be <= 500',
    ]);
    expect(settingVariable({ name: 'enabled' })).toBe('FLOWS_PROVISIONING_ENABLED');
  });

  test.each([
    ['max_workflows', -1, 'Failed to parse value [-1] for setting [plugins.flow_framework.max_workflows] must be >= 0'],
    ['max_workflows', '1.5', 'Failed to parse value [1.5] for setting [plugins.flow_framework.max_workflows]'],
    ['max_workflows', [1], 'Failed to parse value for setting [plugins.flow_framework.max_workflows]'],
    ['enabled', 'yes', 'Failed to parse value [yes] as only [true] or [false] are allowed.'],
    [
      'request_timeout',
      '10',
      'failed to parse setting [plugins.flow_framework.request_timeout] with value [10] as a time value: unit is missing or unrecognized',
    ],
    [
      'request_timeout',
      '-1',
      'Failed to parse value [-1] for setting [plugins.flow_framework.request_timeout], must be >= [1ms]',
    ],
    ['nothing', 1, 'setting [plugins.flow_framework.nothing], not recognized'],
  ])('%s may not be %j', (name, value, message) => {
    expect(messageOf(name, value)).toBe(message);
  });

  test('booleans and numbers may come as texts', () => {
    expect(checkSetting('plugins.flow_framework.enabled', 'false')).toMatchObject({
      ok: true,
      value: { value: false },
    });
    expect(checkSetting('plugins.flow_framework.enabled', false)).toMatchObject({ ok: true, value: { value: false } });
    expect(checkSetting('plugins.flow_framework.max_workflows', '12')).toMatchObject({
      ok: true,
      value: { value: 12 },
    });
    expect(checkSetting('cluster.name', 'x').ok).toBe(false);
  });
});
