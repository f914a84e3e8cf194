import { expect, describe, test } from 'vitest';
import { given, T0 } from '../../../test/decider-specification.js';
import {
  at,
  cancel,
  create,
  PUBLISHED,
  reportClosed,
  reportStarted,
  runId,
  signal,
  start,
  story,
  VERDICT,
} from '../../../test/story.js';

const pending = story(...PUBLISHED, start('r'));
const running = story(...pending, reportStarted('r'));
const closed = story(...running, reportClosed('r'));

const signaled = (data: object = {}) => ({
  type: 'ExecutionSignaled',
  data: {
    flowId: 'f1',
    executionId: runId('r'),
    version: 1,
    signalName: 'review',
    nodeId: 'review',
    approved: true,
    onBehalfOf: null,
    comment: null,
    ...data,
  },
});

describe('signal', () => {
  test('is taken by a run that is pending, running or cancelling', () => {
    for (const before of [pending, running, story(...running, cancel('r'))]) {
      given(before).when(signal('r')).thenAccepted(signaled());
    }
    given(running)
      .when(signal('r', { signalName: 'human-approval', nodeId: null, approved: false, onBehalfOf: 'the boss' }))
      .thenAccepted(signaled({ signalName: 'human-approval', nodeId: null, approved: false, onBehalfOf: 'the boss' }));
  });
  test('is recorded with what was said', () => {
    const said = { approved: false, comment: 'Over the budget' };
    given(running).when(signal('r', said)).thenAccepted(signaled(said));
  });
  test('403 stranger → 429 → 404 → verdict → 409 → 400', () => {
    const quotas = { flow_signal_rate_per_minute: 1 };
    const spent = story(...running, signal('r'), reportClosed('r'));
    const bad = { known: false, verdict: VERDICT, approved: null };
    given(spent, { quotas })
      .when(signal('r', bad, { tenantId: 'globex' }))
      .thenRefused('CROSS_TENANT_FORBIDDEN', { status: 403 });
    given(spent, { quotas })
      .when(signal('r', bad))
      .thenRefused('QUOTA_EXCEEDED', { dimension: 'flow_signal_rate_per_minute', retryAfterSeconds: 60 });
    given(spent).when(signal('r', bad)).thenRefused('EXECUTION_NOT_FOUND', { status: 404 });
    given(spent)
      .when(signal('r', { ...bad, known: true }))
      .thenRefused(VERDICT.code);
    given(spent)
      .when(signal('r', { approved: null }))
      .thenRefused('EXECUTION_NOT_RUNNING', { status: 409 });
    given(running)
      .when(signal('r', { approved: null }))
      .thenRefused('INVALID_SIGNAL', { status: 400 });
  });
  test('an open run that the shell has not seen is loaded again', () => {
    given(pending)
      .when(signal('r', { known: false }))
      .thenStale(0);
    given(closed)
      .when(signal('r', { known: false }))
      .thenRefused('EXECUTION_NOT_FOUND');
  });
  test('the rate is counted per workspace, refused signals are not, and the window slides', () => {
    const quotas = { flow_signal_rate_per_minute: 2 };
    const elsewhere = { workspaceId: 'w2' };
    const two = story(
      ...running,
      at(T0, signal('r')),
      at(T0 + 10_000, signal('r')),
      at(T0 + 10_000, create('f1', {}, elsewhere)),
    );
    given(two, { quotas })
      .when(signal('r'), T0 + 59_999)
      .thenRefused('QUOTA_EXCEEDED', { retryAfterSeconds: 1 });
    given(two, { quotas })
      .when(signal('r', { approved: null }), T0 + 60_000)
      .thenRefused('INVALID_SIGNAL');
    given(two, { quotas })
      .when(signal('r'), T0 + 60_000)
      .thenAccepted(signaled());
    given(two, { quotas })
      .when(signal('r', {}, elsewhere), T0 + 10_000)
      .thenRefused('EXECUTION_NOT_RUNNING');
  });
  test('repeats under a key are one signal', () => {
    const meta = { idempotency: { key: 'k', fingerprint: 'p' } };
    const first = signal('r', {}, meta);
    const { decision } = given(story(...running, first)).when(signal('r', {}, meta));
    expect(decision).toMatchObject({
      kind: 'acknowledged',
      reason: 'replay',
      originalCommandId: first.meta.commandId,
      executionId: runId('r'),
    });
  });
});
