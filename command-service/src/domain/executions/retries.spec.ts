import { describe, test } from 'vitest';
import { given, T0 } from '../../../test/decider-specification.js';
import {
  at,
  create,
  publish,
  PUBLISHED,
  remove,
  reportClosed,
  reportStarted,
  retry,
  runId,
  start,
  story,
  VERDICT,
} from '../../../test/story.js';

const running = story(...PUBLISHED, start('r'), reportStarted('r'));
const closed = story(...running, reportClosed('r'));
const SOURCE = { version: 1, flowBirth: 0, closed: true, input: '{"of":1}', labels: '{"of":"one"}' };

const requested = (data: object = {}) => ({
  type: 'ExecutionRequested',
  data: {
    flowId: 'f1',
    executionId: runId('r2'),
    version: 1,
    input: '{"of":1}',
    triggerType: 'manual',
    retriedFrom: runId('r'),
    retryFrom: null,
    trigger: null,
    labels: '{"of":"one"}',
    ...data,
  },
});

describe('retry', () => {
  test('runs the source’s version and input again, though a later one is published', () => {
    given(story(...closed, publish(2)))
      .when(retry('r2', 'r'))
      .thenAccepted(requested());
    given(closed)
      .when(retry('r2', 'r', { retryFrom: 'node:n' }))
      .thenAccepted(requested({ retryFrom: 'node:n' }));
  });
  test('from the start in any state of the source, else only when it is closed', () => {
    for (const before of [story(...PUBLISHED, start('r')), running]) {
      given(before)
        .when(retry('r2', 'r', { source: { ...SOURCE, closed: false } }))
        .thenAccepted(requested());
      for (const retryFrom of ['failed', 'node:n']) {
        given(before)
          .when(retry('r2', 'r', { source: { ...SOURCE, closed: false }, retryFrom }))
          .thenRefused('RETRY_NOT_POSSIBLE', { status: 409 });
      }
    }
  });
  test('403 stranger → 404 → 404 version → 409 → verdict → starts per minute → concurrent runs', () => {
    const quotas = { flow_starts_per_minute: 1, max_concurrent_executions: 1 };
    given(running, { quotas })
      .when(retry('r2', 'r', { source: null, verdict: VERDICT }, { tenantId: 'globex' }))
      .thenRefused('CROSS_TENANT_FORBIDDEN', { status: 403 });
    given(closed, { quotas })
      .when(retry('r2', 'r', { source: null, verdict: VERDICT }))
      .thenRefused('EXECUTION_NOT_FOUND', { status: 404 });
    given(closed, { quotas })
      .when(retry('r2', 'r', { source: { ...SOURCE, version: 2 }, retryFrom: 'failed', verdict: VERDICT }))
      .thenRefused('VERSION_NOT_FOUND');
    given(running, { quotas })
      .when(retry('r2', 'r', { retryFrom: 'failed', verdict: VERDICT }))
      .thenRefused('RETRY_NOT_POSSIBLE');
    given(running, { quotas })
      .when(retry('r2', 'r', { verdict: VERDICT }))
      .thenRefused(VERDICT.code);
    given(running, { quotas })
      .when(retry('r2', 'r'))
      .thenRefused('QUOTA_EXCEEDED', { dimension: 'flow_starts_per_minute', retryAfterSeconds: 60 });
    given(running, { quotas: { max_concurrent_executions: 1 } })
      .when(retry('r2', 'r'))
      .thenRefused('QUOTA_EXCEEDED', { dimension: 'max_concurrent_executions' });
  });
  test('a retry is charged like a start', () => {
    const quotas = { flow_starts_per_minute: 2, max_concurrent_executions: -1 };
    given(story(...closed, retry('r2', 'r')), { quotas })
      .when(start('r3'))
      .thenRefused('QUOTA_EXCEEDED', { dimension: 'flow_starts_per_minute' });
  });
  test('what the shell knew less of than the log is loaded again', () => {
    given(running)
      .when(retry('r2', 'r', { source: null }))
      .thenStale(0);
    given(closed)
      .when(retry('r2', 'r', { source: { ...SOURCE, closed: false }, retryFrom: 'failed' }))
      .thenStale(0);
  });
  test('versions of a deleted flow are gone, also when its id is taken again', () => {
    const deleted = story(...closed, at(T0 + 1, remove()));
    given(deleted)
      .when(retry('r2', 'r', { source: { ...SOURCE, flowBirth: -1 } }), T0 + 2)
      .thenRefused('VERSION_NOT_FOUND');
    given(deleted)
      .when(retry('r2', 'r'), T0 + 2)
      .thenRefused('VERSION_NOT_FOUND');
    const again = story(...deleted, at(T0 + 2, create()), at(T0 + 2, publish(1)));
    given(again)
      .when(retry('r2', 'r'), T0 + 2)
      .thenRefused('VERSION_NOT_FOUND');
  });
  test('the same run is not started twice', () => {
    given(story(...closed, retry('r2', 'r')))
      .when(retry('r2', 'r'))
      .thenAcknowledged({ reason: 'already', executionId: runId('r2') });
  });
});
