import type { Command, Event } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { given, metaOf } from '../../../test/decider-specification.js';
import {
  cancel,
  create,
  PUBLISHED,
  reportClosed,
  reportStarted,
  runId,
  start,
  story,
  update,
} from '../../../test/story.js';
import { changeKey, drained, fence, fired, purged, purgeFailed } from '../../../test/teardown-story.js';

const TERMINATED = { status: 'Terminated' };
const FENCED = story(...PUBLISHED, start('r1'), start('r2'), reportStarted('r1'), fence('fence-1'));
const CLOSED = [...FENCED, ...story(reportClosed('r1', TERMINATED), reportClosed('r2', TERMINATED))];

describe('teardown of a tenant', () => {
  it('fences the tenant and counts what is open', () => {
    const open = given(story(...PUBLISHED, start('r1'), start('r2')));
    open.when(fence('f')).thenAccepted({ type: 'TenantFenced', data: { openRuns: 2 } });
    given(FENCED).when(fence('again')).thenAcknowledged({ reason: 'already', originalCommandId: 'fence-1' });
  });

  it.each<readonly [string, Command]>([
    ['a new flow', create('f2')],
    ['a change', update('f1', { name: 'n' })],
    ['a start', start('r3')],
    ['a cancel', cancel('r1')],
    ['another key for its secrets', changeKey('k')],
  ])('refuses %s', (_what, command) => {
    given(FENCED).when(command).thenRefused('TENANT_FENCED', { status: 403 });
  });

  it('before it, a change of keys is decided for any tenant, known or not', () => {
    const data = { masterKeyId: 'm', dataKeyId: 'k' };
    for (const before of [[], story(...PUBLISHED)]) {
      given(before).when(changeKey('k')).thenAccepted({ type: 'TenantKeyChanged', data });
    }
  });

  it('refuses a trigger, as triggers are refused', () => {
    const { decision } = given(FENCED).when(fired());
    expect(decision).toMatchObject({ kind: 'trigger-refused', data: { problem: { code: 'TENANT_FENCED' } } });
  });

  it('refuses a repeat under an Idempotency-Key as well', () => {
    const idempotency = { key: 'k', fingerprint: 'p' };
    const fenced = given(story(create('f1', {}, { idempotency }), fence('fence-1')));
    fenced.when(create('f1', {}, { idempotency })).thenRefused('TENANT_FENCED');
  });

  it('is drained only when the log has no open run, and counts what was terminated itself', () => {
    const { decision } = given(FENCED).when(drained('fence-1', { schedules: 1 }));
    expect(decision).toMatchObject({ change: { data: { failures: ['2 execution(s) are still open'] } } });
    given(CLOSED)
      .when(drained('fence-1', { executions: 99, schedules: 1, histories: 7 }))
      .thenAccepted({
        type: 'TenantDrained',
        data: { fenceId: 'fence-1', executions: 2, schedules: 1, histories: 7, failures: [] },
      });
    given(CLOSED).when(drained('another')).thenAcknowledged({ reason: 'already' });
  });

  it('drains again after failures, and adds up', () => {
    const failed = [...CLOSED, ...story(drained('fence-1', { schedules: 3, histories: 2, failures: ['a schedule'] }))];
    given(failed).when(purged('fence-1')).thenAcknowledged({ reason: 'already' });
    given(failed)
      .when(fence('fence-2'))
      .thenAccepted({ type: 'TenantFenced', data: { openRuns: 2 } });
    const again = [...failed, ...story(fence('fence-2'))];
    given(again)
      .when(drained('fence-1', { failures: ['late'] }))
      .thenAcknowledged({ reason: 'already' });
    const { decision } = given(again).when(drained('fence-2', { schedules: 1 }));
    expect(decision).toMatchObject({ change: { data: { executions: 2, schedules: 4, histories: 2 } } });
  });

  it('keeps the fence when a step has failed', () => {
    const failed = [...CLOSED, ...story(drained('fence-1'), purgeFailed('flow_versions'))];
    given(failed).when(create('f2')).thenRefused('TENANT_FENCED');
  });

  it('is purged when it is drained: then the tenant begins again', () => {
    given(FENCED).when(purged('fence-1')).thenAcknowledged({ reason: 'already' });
    const tenant = [...CLOSED, ...story(drained('fence-1'))];
    given(tenant)
      .when(purged('fence-1'))
      .thenAccepted({
        type: 'TenantPurged',
        data: { fenceId: 'fence-1', destroyedResources: '{}' },
      });
    const again = given([...tenant, ...story(purged('fence-1'))]);
    const [created] = again.take(create('f1', {}, { commandId: 'again' })) as readonly [Event];
    expect(created).toMatchObject({ type: 'FlowCreated', data: { revision: 1 } });
    again.when(start('r1')).thenRefused('VERSION_NOT_FOUND');
    again.when(purged('fence-1')).thenAcknowledged({ reason: 'already' });
    again.when(reportClosed('r1')).thenAcknowledged({ reason: 'already', executionId: runId('r1') });
  });

  it('has no quotas of its own any more', () => {
    const quotas = { type: 'SetTenantQuotas', meta: metaOf(), data: { quotas: [] } } as const;
    given(FENCED).when(quotas).thenRefused('TENANT_FENCED');
  });
});
