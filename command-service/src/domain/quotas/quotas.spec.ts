import { describe, expect, test } from 'vitest';
import { problemBody, type Command, type TenantQuota } from '@flowplane/contracts';
import { given, metaOf, T0 } from '../../../test/decider-specification.js';
import { create, publish, PUBLISHED, reportClosed, signal, start, story } from '../../../test/story.js';

const set = (quotas: readonly TenantQuota[]): Command => ({
  type: 'SetTenantQuotas',
  meta: metaOf({ workspaceId: '', actorId: 'operator' }),
  data: { quotas },
});
const quota = (dimension: string, limit: number, grace = 0): TenantQuota => ({ dimension, limit, grace });

describe('quotas set for a tenant', () => {
  test('are recorded with all that are then in force', () => {
    given([], { quotas: { max_flows: 7 } })
      .when(set([quota('max_flow_versions', 3, 1)]))
      .thenAccepted({
        type: 'TenantQuotasSet',
        data: {
          quotas: [quota('max_flow_versions', 3, 1)],
          inForce: [
            quota('max_flows', 7),
            quota('max_flow_versions', 3, 1),
            quota('max_concurrent_executions', 10),
            quota('flow_starts_per_minute', 60),
            quota('flow_signal_rate_per_minute', 120),
          ],
        },
      });
  });

  test('go before what is configured, from their position on, in every dimension', () => {
    const settings = { quotas: { max_flows: 9, max_flow_versions: 9, max_concurrent_executions: 9 } };
    const refused = (limited: TenantQuota, last: Command, ...before: readonly Command[]) =>
      given(story(...PUBLISHED, ...before, set([limited])), settings)
        .when(last)
        .thenRefused('QUOTA_EXCEEDED', { dimension: limited.dimension });
    refused(quota('max_flows', 1), create('f2'));
    refused(quota('max_flow_versions', 1), publish(2));
    refused(quota('max_concurrent_executions', 1), start('r2'), start('r1'));
    refused(quota('flow_starts_per_minute', 1), start('r2'), start('r1'));
    refused(quota('flow_signal_rate_per_minute', 0), signal('r1'), start('r1'));
  });

  test('lift what is configured, and -1 lifts all; grace lets some more in', () => {
    const settings = { quotas: { max_flows: 1, max_concurrent_executions: 0 } };
    const outcome = (quotas: readonly TenantQuota[], last: Command, ...before: readonly Command[]) =>
      given(story(...PUBLISHED, set(quotas), ...before), settings).when(last).decision.kind;
    expect(outcome([quota('max_flows', -1)], create('f2'))).toBe('accepted');
    expect(outcome([quota('max_concurrent_executions', 1)], start('r1'))).toBe('accepted');
    const soft = [quota('max_concurrent_executions', 1, 1)];
    expect(outcome(soft, start('r2'), start('r1'))).toBe('accepted');
    expect(outcome(soft, start('r3'), start('r1'), start('r2'))).toBe('rejected');
  });

  test('take the place of those set before as a whole', () => {
    given(story(...PUBLISHED, set([quota('max_flows', 1)]), set([quota('max_flow_versions', 5)])))
      .when(create('f2'))
      .thenAccepted(expect.objectContaining({ type: 'FlowCreated' }) as object);
  });

  test('below what is used end nothing; there is room again once usage is below', () => {
    const full = [...PUBLISHED, start('r1'), start('r2'), set([quota('max_concurrent_executions', 1)])];
    given(story(...full))
      .when(start('r3'))
      .thenRefused('QUOTA_EXCEEDED');
    given(story(...full, reportClosed('r1')))
      .when(start('r3'))
      .thenRefused('QUOTA_EXCEEDED');
    expect(given(story(...full, reportClosed('r1'), reportClosed('r2'))).when(start('r3')).decision.kind).toBe(
      'accepted',
    );
  });

  test('say when a rate has room by the limit that is in force', () => {
    const starts = [...PUBLISHED, start('r1'), start('r2'), set([quota('flow_starts_per_minute', 1)])];
    given(story(...starts))
      .when(start('r3'), T0 + 10_000)
      .thenRefused('QUOTA_EXCEEDED', { dimension: 'flow_starts_per_minute', retryAfterSeconds: 50 });
  });

  test('tell limit, usage, scope and when to come again', () => {
    const starts = [...PUBLISHED, start('r1'), start('r2'), set([quota('flow_starts_per_minute', 1, 1)])];
    const { decision } = given(story(...starts)).when(start('r3'), T0 + 10_000);
    expect(decision.kind === 'rejected' && problemBody(decision.problem)).toEqual({
      ...{ code: 'QUOTA_EXCEEDED', message: expect.any(String), dimension: 'flow_starts_per_minute' },
      ...{ scope: 'workspace', limit: 2, usage: 2, retryAfter: 50 },
    });
    const full = given(story(...PUBLISHED, set([quota('max_flow_versions', 1)]))).when(publish(2)).decision;
    expect(full.kind === 'rejected' && problemBody(full.problem)).toEqual({
      ...{ code: 'QUOTA_EXCEEDED', message: expect.any(String), dimension: 'max_flow_versions' },
      ...{ scope: 'flow', limit: 1, usage: 1 },
    });
  });

  test('do not count where there is no gate', () => {
    given(story(set([quota('max_flows', 0)])), { quotas: null })
      .when(create())
      .thenAccepted(expect.objectContaining({ type: 'FlowCreated' }) as object);
  });
});

describe('a verdict of an external evaluator', () => {
  const problem = { status: 429, code: 'QUOTA_EXCEEDED', message: 'no', errors: null, retryAfterSeconds: null };
  const verdict = { ...problem, dimension: 'flow_signal_rate_per_minute' };

  test('stands where the gate’s would: behind what is missing, and of signals before the run is looked up', () => {
    given([], { quotas: null }).when(start('r1', { verdict })).thenRefused('VERSION_NOT_FOUND');
    given(story(...PUBLISHED), { quotas: null })
      .when(start('r1', { verdict }))
      .thenRefused('QUOTA_EXCEEDED');
    given(story(...PUBLISHED), { quotas: null })
      .when(signal('r1', { known: false, verdict }))
      .thenRefused('QUOTA_EXCEEDED', { dimension: 'flow_signal_rate_per_minute' });
    given(story(...PUBLISHED), { quotas: null })
      .when(signal('r1', { executionId: 'globex:w1:f1:r1', verdict }))
      .thenRefused('CROSS_TENANT_FORBIDDEN');
  });
});
