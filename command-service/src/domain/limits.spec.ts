import { describe, expect, test } from 'vitest';
import { DEFAULT_QUOTAS, makeLimits, parseOverrides } from './limits.js';

describe('limits', () => {
  test('defaults, overrides, unlimited, grace, off', () => {
    const overrides = parseOverrides({
      T: { max_flows: 100, max_flow_versions: { limit: 50, grace: 5 } },
      U: { max_flows: -1 },
    });
    const limitsFor = makeLimits({ enabled: true, defaults: DEFAULT_QUOTAS, overrides });
    expect(limitsFor('other').max_flows).toBe(50);
    expect(limitsFor('T')).toMatchObject({ max_flows: 100, max_flow_versions: 55, max_concurrent_executions: 10 });
    expect(limitsFor('U').max_flows).toBe(Infinity);
    const off = makeLimits({ enabled: false, defaults: DEFAULT_QUOTAS, overrides });
    expect(Object.values(off('T'))).toEqual([Infinity, Infinity, Infinity, Infinity, Infinity]);
  });
  test.each([
    ['a list', []],
    ['an unknown dimension', { T: { max_cats: 1 } }],
    ['a broken number', { T: { max_flows: 1.5 } }],
    ['a negative grace', { T: { max_flows: { limit: 1, grace: -1 } } }],
    ['a tenant that is no object', { T: 5 }],
  ])('%s is refused', (_what, value) => {
    expect(() => parseOverrides(value)).toThrow(Error);
  });
});
