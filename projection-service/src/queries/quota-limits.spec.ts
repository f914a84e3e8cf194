import { describe, expect, it } from 'vitest';
import { makeQuotaLimits, parseQuotaOverrides } from './quota-limits.js';

const DEFAULTS = {
  max_flows: 50,
  max_flow_versions: 20,
  max_concurrent_executions: 10,
  flow_starts_per_minute: 60,
  flow_signal_rate_per_minute: 120,
};

describe('quota limits', () => {
  it('are the defaults, or what the tenant has instead', () => {
    const limits = makeQuotaLimits(true, DEFAULTS, parseQuotaOverrides({ T: { max_flows: { limit: 5, grace: 2 } } }));
    expect(limits.limitOf('T', 'max_flows')).toBe(5);
    expect(limits.limitOf('T', 'flow_starts_per_minute')).toBe(60);
    expect(limits.limitOf('U', 'max_flows')).toBe(50);
  });

  it('are none when quotas are off', () => {
    expect(makeQuotaLimits(false, DEFAULTS, { T: { max_flows: 5 } }).limitOf('T', 'max_flows')).toBe(-1);
  });

  it.each([[[]], [{ T: 5 }], [{ T: { nonsense: 1 } }], [{ T: { max_flows: 'many' } }], [{ T: { max_flows: -2 } }]])(
    'refuse %j',
    (value) => {
      expect(() => parseQuotaOverrides(value)).toThrow(/must|unknown/);
    },
  );
});
