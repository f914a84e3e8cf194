import { describe, expect, it } from 'vitest';
import {
  asTenantQuotas,
  DEFAULT_LIMITS,
  deniedFrom,
  hardQuotas,
  InvalidQuotas,
  parseQuotas,
  parseQuotasByTenant,
  quotasInForce,
  UNLIMITED,
  withOverrides,
} from './index.js';

const STANDARD = hardQuotas(DEFAULT_LIMITS);

describe('quotas in force', () => {
  it('are what was set for the tenant, else what is configured for it, else the defaults', () => {
    const configured = withOverrides(STANDARD, parseQuotas({ max_flows: 7, max_flow_versions: 8 }));
    const set = asTenantQuotas(parseQuotas({ max_flows: { limit: 9, grace: 2 } }));
    expect(quotasInForce(configured, set)).toEqual({
      max_flows: { limit: 9, grace: 2 },
      max_flow_versions: { limit: 8, grace: 0 },
      max_concurrent_executions: { limit: 10, grace: 0 },
      flow_starts_per_minute: { limit: 60, grace: 0 },
      flow_signal_rate_per_minute: { limit: 120, grace: 0 },
    });
    expect(quotasInForce(null, set)).toEqual(UNLIMITED);
  });

  it('are not those of commands, which can be set as well', () => {
    const given = parseQuotas({ command_rate: 10, command_bytes: { limit: 1000, grace: 5 } });
    expect(asTenantQuotas(given)).toEqual([
      { dimension: 'command_rate', limit: 10, grace: 0 },
      { dimension: 'command_bytes', limit: 1000, grace: 5 },
    ]);
    expect(Object.keys(quotasInForce(withOverrides(STANDARD, given), asTenantQuotas(given)))).toHaveLength(5);
  });

  it('deny from limit plus grace on; -1 never does', () => {
    expect(deniedFrom({ limit: 50, grace: 5 })).toBe(55);
    expect(deniedFrom({ limit: 0, grace: 0 })).toBe(0);
    expect(deniedFrom({ limit: -1, grace: 3 })).toBe(Infinity);
  });
});

describe('texts of quotas', () => {
  it('are numbers, or limit and grace', () => {
    expect(parseQuotas({ max_flows: -1, flow_starts_per_minute: { limit: 50 } })).toEqual({
      max_flows: { limit: -1, grace: 0 },
      flow_starts_per_minute: { limit: 50, grace: 0 },
    });
    expect(parseQuotas({})).toEqual({});
    expect(parseQuotasByTenant({ T: { max_flows: 5 } })).toEqual({ T: { max_flows: { limit: 5, grace: 0 } } });
  });

  it.each([
    [[], 'it must be an object of dimensions'],
    [{ max_cats: 1 }, 'max_cats is no dimension; there are max_flows, max_flow_versions'],
    [{ max_flows: 1.5 }, 'max_flows must be a whole number from -1 to 1000000000'],
    [{ max_flows: -2 }, 'max_flows must be a whole number from -1'],
    [{ max_flows: 1e12 }, 'max_flows must be a whole number from -1'],
    [{ max_flows: null }, 'max_flows must be a number or {"limit","grace"}'],
    [{ max_flows: '5' }, 'max_flows must be a number or'],
    [{ max_flows: { limit: '5' } }, 'max_flows.limit must be a whole number from -1'],
    [{ max_flows: { grace: 1 } }, 'max_flows.limit must be a whole number from -1'],
    [{ max_flows: { limit: 1, grace: -1 } }, 'max_flows.grace must be a whole number from 0'],
    [{ max_flows: { limit: 1, slack: 1 } }, 'max_flows.slack is unknown'],
  ])('%j is refused: %s', (value, message) => {
    expect(() => parseQuotas(value)).toThrow(InvalidQuotas);
    expect(() => parseQuotas(value)).toThrow(message);
  });

  it.each([
    [[], 'must be an object of tenants'],
    [{ T: 5 }, 'T. must be an object of dimensions'],
    [{ T: { max_flows: 'many' } }, 'T.max_flows must be a number'],
  ])('by tenant %j is refused: %s', (value, message) => {
    expect(() => parseQuotasByTenant(value)).toThrow(message);
  });
});
