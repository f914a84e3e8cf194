import type { Event } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { fold } from '../../test/fold-events.js';
import {
  commandRejected,
  executionClosed,
  executionRequested,
  executionStarted,
  flowCreated,
  makeEvents,
  T0,
  versionPublished,
  type EventMaker,
} from '../../test/sample-events.js';
import { auditRecord } from './audit-record.js';

const scope = { tenantId: 'T', workspaceId: 'W' };
const signaled = (events: EventMaker, onBehalfOf: string | null, comment: string | null = null): Event =>
  events.next('ExecutionSignaled', 'SignalExecution', {
    ...{ flowId: 'F', executionId: 'T:W:F:1', version: 3, signalName: 'review', nodeId: 'review' },
    ...{ approved: true, onBehalfOf, comment },
  });

it('has the audited changes and nothing else', () => {
  const events = makeEvents(scope);
  const id = 'T:W:F:1';
  const { audit } = fold([
    flowCreated(events, 'F'),
    versionPublished(events, 'F', 1),
    executionRequested(events, 'F', id),
    executionStarted(events, 'F', id),
    events.next('ExecutionCancelRequested', 'CancelExecution', { flowId: 'F', executionId: id, version: 1 }),
    executionClosed(events, 'F', id, { status: 'Canceled' }),
    events.next('CommandAcknowledged', 'CancelExecution', {
      reason: 'already',
      originalCommandId: null,
      executionId: id,
    }),
    commandRejected(events, 404, 'VERSION_NOT_FOUND'),
  ]);
  expect(audit.map(({ eventType, flowVersion, triggerType }) => [eventType, flowVersion, triggerType])).toEqual([
    ['flow.definition_created', null, null],
    ['flow.version_published', '1', null],
    ['flow.execution_started', '1', 'manual'],
    ['flow.execution_cancelled', '1', null],
  ]);
});

it('audits the cancel of a run that was still pending once, and a retry as a retry only', () => {
  const events = makeEvents(scope);
  const closedByCancel = events.next('ExecutionClosed', 'CancelExecution', {
    flowId: 'F',
    executionId: 'T:W:F:1',
    version: 1,
    status: 'Canceled',
    neverStarted: true,
    startedAt: null,
    closedAt: T0,
    result: null,
    failure: null,
    nodes: null,
  });
  const retry = events.next('ExecutionRequested', 'RetryExecution', {
    flowId: 'F',
    executionId: 'T:W:F:2',
    version: 1,
    input: '{}',
    triggerType: 'manual',
    retriedFrom: 'T:W:F:1',
    retryFrom: null,
    trigger: null,
    labels: '{}',
  });
  expect(fold([closedByCancel, retry]).audit.map(({ eventType, executionId }) => [eventType, executionId])).toEqual([
    ['flow.execution_cancelled', 'T:W:F:1'],
    ['flow.execution_retry', 'T:W:F:2'],
  ]);
});

it('audits a signal with its run, its version, and whom it was given for', () => {
  const events = makeEvents(scope);
  const { audit, commands } = fold([signaled(events, 'the\0boss'), signaled(events, null)]);
  expect(audit).toMatchObject([
    { eventType: 'flow.signal_sent', flowVersion: '3', executionId: 'T:W:F:1', onBehalfOf: 'the\ufffdboss' },
    { eventType: 'flow.signal_sent', actorId: 'alice', triggerType: null, onBehalfOf: null },
  ]);
  expect(commands[0]).toMatchObject({ type: 'execution.signal', status: 'accepted', httpStatus: 202 });
  expect(JSON.parse(commands[0]?.result ?? '')).toEqual({
    executionId: 'T:W:F:1',
    workflowId: 'T:W:F:1',
    signal: 'review',
    delivered: true,
  });
});

it('publishes a signal with whom it was given for, only where it was', () => {
  const events = makeEvents(scope);
  const [given, none] = ['the boss', null].map((name) => JSON.parse(auditRecord(signaled(events, name))?.value ?? ''));
  expect(given).toMatchObject({ eventType: 'flow.signal_sent', flowVersion: '3', onBehalfOf: 'the boss' });
  expect(none).not.toHaveProperty('onBehalfOf');
});

it('has what was said with a decision, in the view and on the topic, only where something was', () => {
  const events = makeEvents(scope);
  const said = signaled(events, null, 'Over the budget');
  const { audit } = fold([said, signaled(events, null)]);
  expect(audit.map(({ comment }) => comment)).toEqual(['Over the budget', null]);
  expect(JSON.parse(auditRecord(said)?.value ?? '')).toMatchObject({ comment: 'Over the budget' });
  expect(JSON.parse(auditRecord(signaled(events, null))?.value ?? '')).not.toHaveProperty('comment');
});

it('keeps a refusal whose path held what no table does', () => {
  const refused = commandRejected(makeEvents(scope), 429, 'QUOTA_EXCEEDED');
  const [denied] = fold([
    { ...refused, data: { ...refused.data, flowId: 'a\0', executionId: 'T:W:a\0:1' } } as Event,
  ]).audit;
  expect(denied).toMatchObject({ flowId: 'a\ufffd', executionId: 'T:W:a\ufffd:1' });
});

it('shows sixty refusals a minute one by one and the others as one row with their count', () => {
  const events = makeEvents(scope);
  const refuse = () => commandRejected(events, 429, 'QUOTA_EXCEEDED', { occurredAt: T0 + 1000 });
  const first = fold(Array.from({ length: 65 }, refuse));
  expect(first.audit).toHaveLength(61);
  expect(first.audit.at(-1)).toMatchObject({ eventType: 'command.denied', outcome: 'denied', deniedCount: 5 });
  const key = `T/${T0 / 60_000}`;
  expect(first.denials).toEqual(new Map([[key, 65]]));
  const second = fold([refuse(), commandRejected(events, 403, 'X', { occurredAt: T0 + 60_000 })], {
    denials: first.denials,
  });
  expect(
    second.audit.map(({ eventId, deniedCount }) => [eventId === first.audit.at(-1)?.eventId, deniedCount]),
  ).toEqual([
    [true, 1],
    [false, null],
  ]);
});
