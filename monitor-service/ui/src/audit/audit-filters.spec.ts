import { expect, it } from 'vitest';
import { auditFiltersOf, eventTypesOf, subjectOf, whatOf, withSubject } from './audit-filters.js';

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

it('is of the workspace or of templates, each with types of its entries', () => {
  const address = new URLSearchParams('eventType=flow.signal_sent&flowId=order&outcome=denied');
  const templates = withSubject(address, 'templates');
  expect(templates.toString()).toBe('outcome=denied&of=templates');
  expect([subjectOf(address), subjectOf(templates)]).toEqual(['workspace', 'templates']);
  expect(withSubject(templates, 'workspace').toString()).toBe('outcome=denied');
  expect(eventTypesOf('templates')).toContain('template.provisioned');
  expect(eventTypesOf('workspace').filter((type) => type.startsWith('template.'))).toEqual([]);
});
