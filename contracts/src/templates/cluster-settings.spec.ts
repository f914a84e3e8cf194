import { describe, expect, it } from 'vitest';
import { readSettingsRequest, shownSettings, templateErrorBody } from './index.js';

const MAX = 'plugins.flow_framework.max_workflows';
const ENABLED = 'plugins.flow_framework.enabled';
const read = (body: unknown) => {
  const result = readSettingsRequest(body);
  return result.ok ? result.value : templateErrorBody(result.error);
};
const refusalOf = (body: unknown): unknown => {
  const result = readSettingsRequest(body);
  return result.ok ? undefined : [result.error.status, result.error.type, result.error.message];
};

describe('a body of PUT /_cluster/settings', () => {
  it.each([
    ['with dots', { persistent: { [MAX]: 5 } }],
    ['nested', { persistent: { plugins: { flow_framework: { max_workflows: '5' } } } }],
    ['mixed', { persistent: { 'plugins.flow_framework': { max_workflows: 5 } }, transient: {} }],
  ])('may have its names %s', (_how, body) => {
    expect(read(body)).toEqual({ persistent: { [MAX]: '5' }, transient: {} });
  });

  it('sets back with null, one or all that begin alike', () => {
    expect(read({ transient: { [MAX]: null, [ENABLED]: false } })).toEqual({
      persistent: {},
      transient: { [MAX]: null, [ENABLED]: 'false' },
    });
    expect(read({ persistent: { 'plugins.flow_framework.max_active*': null } })).toEqual({
      persistent: {
        'plugins.flow_framework.max_active_provisions_per_tenant': null,
        'plugins.flow_framework.max_active_deprovisions_per_tenant': null,
      },
      transient: {},
    });
    expect(read({ persistent: { 'indices.*': null } })).toEqual({ persistent: {}, transient: {} });
  });

  it.each([
    [{ persistent: { [MAX]: -1 } }, `Failed to parse value [-1] for setting [${MAX}] must be >= 0`],
    [{ transient: { [MAX]: 10_001 } }, `Failed to parse value [10001] for setting [${MAX}] must be <= 10000`],
    [{ transient: { [MAX]: 'many' } }, `Failed to parse value [many] for setting [${MAX}]`],
    [{ transient: { [MAX]: [1] } }, `Failed to parse value for setting [${MAX}]`],
    [{ persistent: { [ENABLED]: 'yes' } }, 'Failed to parse value [yes] as only [true] or [false] are allowed.'],
    [{ transient: { 'cluster.name': 'x' } }, 'transient setting [cluster.name], not recognized'],
    [{ persistent: { 'a.b': null } }, 'persistent setting [a.b], not recognized'],
    [
      { persistent: { 'plugins.flow_framework.multi_tenancy_enabled': true } },
      'persistent setting [plugins.flow_framework.multi_tenancy_enabled], not dynamically updateable',
    ],
    [JSON.parse('{"persistent":{"__proto__":{"a":1}}}'), 'persistent setting [__proto__.a], not recognized'],
  ])('is refused for %j', (body, message) => {
    expect(refusalOf(body)).toEqual([400, 'illegal_argument_exception', message]);
  });

  it.each([
    [{}, 'action_request_validation_exception', 'Validation Failed: 1: no settings to update;'],
    [{ persistent: {} }, 'action_request_validation_exception', 'Validation Failed: 1: no settings to update;'],
    [{ other: {} }, 'x_content_parse_exception', '[cluster_update_settings_request] unknown field [other]'],
    [[], 'parse_exception', 'Failed to parse content to map'],
    [{ persistent: 1 }, 'parse_exception', '[persistent] must be an object of settings'],
    [
      { persistent: { [MAX]: 1, plugins: { flow_framework: { max_workflows: 2 } } } },
      'parse_exception',
      `duplicate settings key [${MAX}]`,
    ],
  ])('is refused for %j, with the type %s', (body, type, message) => {
    expect(read(body)).toEqual({
      error: { root_cause: [{ type, reason: message }], type, reason: message },
      status: 400,
    });
  });
});

it('settings are shown nested or flat', () => {
  const texts = { [MAX]: '5', [ENABLED]: 'true' };
  expect(shownSettings(texts, true)).toEqual(texts);
  expect(shownSettings(texts, false)).toEqual({ plugins: { flow_framework: { max_workflows: '5', enabled: 'true' } } });
  expect(shownSettings({}, false)).toEqual({});
});
