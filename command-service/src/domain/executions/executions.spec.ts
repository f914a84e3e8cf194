import { describe, expect, test } from 'vitest';
import { given, T0 } from '../../../test/decider-specification.js';
import {
  at,
  cancel,
  create,
  publish,
  PUBLISHED,
  reportClosed,
  reportStarted,
  runId,
  start,
  story,
  VERDICT,
} from '../../../test/story.js';

const requested = (uuid: string, version = 1) => ({
  type: 'ExecutionRequested',
  data: {
    flowId: 'f1',
    executionId: runId(uuid),
    version,
    input: '{}',
    triggerType: 'manual',
    retriedFrom: null,
    retryFrom: null,
    trigger: null,
    labels: '{}',
  },
});

describe('start', () => {
  test('runs the latest version, or the one asked for', () => {
    const twice = story(...PUBLISHED, publish(2));
    given(twice).when(start('r')).thenAccepted(requested('r', 2));
    given(twice)
      .when(start('r', { version: 1 }))
      .thenAccepted(requested('r', 1));
  });
  test('keeps the labels that it was given', () => {
    const labels = '{"team":"billing"}';
    const { type, data } = requested('r');
    given(story(...PUBLISHED))
      .when(start('r', { labels }))
      .thenAccepted({ type, data: { ...data, labels } });
  });
  test.each([0, 3, -1])('version %i does not exist', (version) => {
    given(story(...PUBLISHED, publish(2)))
      .when(start('r', { version }))
      .thenRefused('VERSION_NOT_FOUND', { status: 404 });
  });
  test('nothing to run: unknown flow, nothing published, another workspace', () => {
    given([]).when(start('r')).thenRefused('VERSION_NOT_FOUND');
    given(story(create())).when(start('r')).thenRefused('VERSION_NOT_FOUND');
    given(story(...PUBLISHED))
      .when(start('r', {}, { workspaceId: 'w2' }))
      .thenRefused('VERSION_NOT_FOUND');
  });
  test('404 → verdict → starts per minute → concurrent runs', () => {
    const quotas = { flow_starts_per_minute: 1, max_concurrent_executions: 1 };
    const busy = story(...PUBLISHED, start('r1'));
    given(busy, { quotas })
      .when(start('r2', { version: 9, verdict: VERDICT }))
      .thenRefused('VERSION_NOT_FOUND');
    given(busy, { quotas })
      .when(start('r2', { verdict: VERDICT }))
      .thenRefused('FLOW_VALIDATION_FAILED');
    given(busy, { quotas }).when(start('r2')).thenRefused('QUOTA_EXCEEDED', { dimension: 'flow_starts_per_minute' });
    given(busy, { quotas: { max_concurrent_executions: 1 } })
      .when(start('r2'))
      .thenRefused('QUOTA_EXCEEDED', { dimension: 'max_concurrent_executions', retryAfterSeconds: null });
  });
  test('the same run is not started twice', () => {
    given(story(...PUBLISHED, start('r1')))
      .when(start('r1'))
      .thenAcknowledged({ reason: 'already', originalCommandId: null, executionId: runId('r1') });
  });
});

describe('starts per minute', () => {
  const quotas = { flow_starts_per_minute: 2, max_concurrent_executions: -1 };
  const twoStarts = story(...PUBLISHED, at(T0, start('r1')), at(T0 + 10_000, start('r2')));
  test('the window slides: a start counts for 60 s and not a millisecond longer', () => {
    given(twoStarts, { quotas })
      .when(start('r3'), T0 + 10_000)
      .thenRefused('QUOTA_EXCEEDED', { retryAfterSeconds: 50 });
    given(twoStarts, { quotas })
      .when(start('r3'), T0 + 59_999)
      .thenRefused('QUOTA_EXCEEDED', { retryAfterSeconds: 1 });
    given(twoStarts, { quotas })
      .when(start('r3'), T0 + 60_000)
      .thenAccepted(requested('r3'));
  });
  test('closed runs count all the same, refused starts do not, another workspace is apart', () => {
    given(story(...twoStarts, at(T0 + 11_000, reportClosed('r1'))), { quotas })
      .when(start('r3'), T0 + 11_000)
      .thenRefused('QUOTA_EXCEEDED');
    const elsewhere = { workspaceId: 'w2' };
    given(story(...twoStarts, create('f1', {}, elsewhere), publish(1, 'f1', {}, elsewhere)), { quotas })
      .when(start('r3', {}, elsewhere), T0 + 10_000)
      .thenAccepted({
        type: 'ExecutionRequested',
        data: { ...requested('r3').data, executionId: runId('r3', 'f1', 'w2') },
      });
  });
  test('a limit of 0 says to come back in a minute', () => {
    given(story(...PUBLISHED), { quotas: { flow_starts_per_minute: 0 } })
      .when(start('r1'))
      .thenRefused('QUOTA_EXCEEDED', { retryAfterSeconds: 60 });
  });
});

describe('concurrent runs', () => {
  const quotas = { max_concurrent_executions: 2 };
  const two = story(...PUBLISHED, start('r1'), start('r2'), reportStarted('r2'));
  test('pending and running runs of the workspace count until they are over', () => {
    given(two, { quotas }).when(start('r3')).thenRefused('QUOTA_EXCEEDED');
    given(story(...two, cancel('r2')), { quotas })
      .when(start('r3'))
      .thenRefused('QUOTA_EXCEEDED');
    given(story(...two, cancel('r1')), { quotas })
      .when(start('r3'))
      .thenAccepted(requested('r3'));
    given(story(...two, reportClosed('r2')), { quotas })
      .when(start('r3'))
      .thenAccepted(requested('r3'));
  });
});

describe('cancel', () => {
  const closedNever = {
    type: 'ExecutionClosed',
    data: {
      flowId: 'f1',
      executionId: runId('r'),
      version: 1,
      status: 'Canceled',
      neverStarted: true,
      startedAt: null,
      closedAt: T0 + 3,
      result: null,
      failure: null,
      nodes: null,
    },
  };
  const pending = story(...PUBLISHED, start('r'));
  const running = story(...pending, reportStarted('r'));
  test('a pending run closes at once', () => {
    given(pending)
      .when(cancel('r'), T0 + 3)
      .thenAccepted(closedNever);
  });
  test('a running run is asked to; asked again, it is acknowledged', () => {
    given(running)
      .when(cancel('r'))
      .thenAccepted({
        type: 'ExecutionCancelRequested',
        data: { flowId: 'f1', executionId: runId('r'), version: 1 },
      });
    given(story(...running, cancel('r')))
      .when(cancel('r'))
      .thenAcknowledged({ reason: 'already', executionId: runId('r') });
  });
  test('unknown, over, or another flow’s or workspace’s', () => {
    given(story(...PUBLISHED))
      .when(cancel('r'))
      .thenRefused('EXECUTION_NOT_FOUND', { status: 404 });
    given(story(...pending, cancel('r')))
      .when(cancel('r'))
      .thenRefused('EXECUTION_NOT_FOUND');
    given(story(...running, reportClosed('r')))
      .when(cancel('r'))
      .thenRefused('EXECUTION_NOT_FOUND');
    const ofOtherFlow = { ...cancel('r'), data: { flowId: 'f2', executionId: runId('r') } } as ReturnType<
      typeof cancel
    >;
    for (const foreign of [ofOtherFlow, cancel('r', { workspaceId: 'w2' }), cancel('r', { tenantId: 'globex' })]) {
      const stranger = given(pending).when(foreign);
      stranger.thenRefused('CROSS_TENANT_FORBIDDEN', { status: 403 });
      expect(stranger.decision).toMatchObject({ flowId: null, executionId: null });
    }
  });
});

describe('the executor’s reports', () => {
  const pending = story(...PUBLISHED, start('r'));
  test('a start is recorded once', () => {
    given(pending)
      .when(reportStarted('r', T0 + 7))
      .thenAccepted({
        type: 'ExecutionStarted',
        data: { flowId: 'f1', executionId: runId('r'), version: 1, startedAt: T0 + 7 },
      });
    for (const later of [reportStarted('r'), cancel('r'), reportClosed('r')]) {
      given(story(...pending, reportStarted('r'), later))
        .when(reportStarted('r'))
        .thenAcknowledged({ reason: 'already', executionId: runId('r') });
    }
    given([]).when(reportStarted('r')).thenAcknowledged({ reason: 'already' });
  });
  test('a close is recorded once, with what the first report says', () => {
    const { decision } = given(story(...pending, reportStarted('r'))).when(
      reportClosed('r', { status: 'Failed', failure: { nodeId: 'n', code: 'C', message: 'm' } }),
    );
    expect(decision).toMatchObject({
      kind: 'accepted',
      change: {
        type: 'ExecutionClosed',
        data: { status: 'Failed', neverStarted: false, version: 1, closedAt: T0 + 5 },
      },
    });
    given(story(...pending, reportClosed('r')))
      .when(reportClosed('r', { status: 'Terminated' }))
      .thenAcknowledged({ reason: 'already' });
  });
  test('never started is a run without any report of a start', () => {
    const closing = (data: object) => given(pending).when(reportClosed('r', data)).decision;
    expect(closing({ startedAt: null, status: 'Failed' })).toMatchObject({ change: { data: { neverStarted: true } } });
    expect(closing({ startedAt: T0 })).toMatchObject({ change: { data: { neverStarted: false } } });
  });
});
