import { expect, it } from 'vitest';
import { auditFiltersOf, whatOf } from './audit-filters.js';

it('takes what the address names, and nothing else', () => {
  const address = new URLSearchParams('outcome=denied&actorId=%20&other=1&from=2026-01-01T00:00:00.000Z');
  expect(auditFiltersOf(address)).toEqual({ outcome: 'denied', from: '2026-01-01T00:00:00.000Z' });
});

it('says in words what was done or tried', () => {
  expect([
    whatOf({ eventType: 'flow.execution_started', triggerType: 'platform_event' }),
    whatOf({ eventType: 'flow.execution_started', triggerType: 'manual' }),
    whatOf({ eventType: 'command.denied', commandType: 'execution.signal', triggerType: null }),
    whatOf({ eventType: 'something.new', triggerType: null }),
  ]).toEqual([...['started a run (platform event)', 'started a run', 'tried execution.signal', 'something.new']]);
});
