import { describe, test } from 'vitest';
import { DAY_MS, given, T0 } from '../../../test/decider-specification.js';
import {
  at,
  cancel,
  create,
  publish,
  PUBLISHED,
  reportStarted,
  runId,
  start,
  story,
  update,
} from '../../../test/story.js';

const key = (name: string, fingerprint = 'print') => ({ idempotency: { key: name, fingerprint } });

describe('Idempotency-Key', () => {
  const once = story(...PUBLISHED, start('r1', {}, { ...key('k'), commandId: 'first' }));
  test('the same request again has the first one’s effect and no other', () => {
    given(once)
      .when(start('r2', {}, key('k')))
      .thenAcknowledged({ reason: 'replay', originalCommandId: 'first', executionId: runId('r1') });
  });
  test('another request under the same key is refused', () => {
    given(once)
      .when(start('r2', {}, key('k', 'other')))
      .thenRefused('IDEMPOTENCY_KEY_REUSED', { status: 422 });
  });
  test('it stands before every other check', () => {
    given(story(create('f1', {}, { ...key('k'), commandId: 'first' })), { quotas: { max_flows: 1 } })
      .when(create('f1', {}, key('k')))
      .thenAcknowledged({ reason: 'replay', originalCommandId: 'first', executionId: null });
  });
  test('a key is of its workspace', () => {
    given(story(create('f1', {}, key('k'))))
      .when(create('f2', {}, { ...key('k', 'other'), workspaceId: 'w2' }))
      .thenAccepted({
        type: 'FlowCreated',
        data: {
          flowId: 'f2',
          name: 'Flow',
          dslApiVersion: 'v1.0',
          definition: '{}',
          definitionYaml: null,
          revision: 1,
        },
      });
  });
  test('a refused or stale command does not bind its key', () => {
    const refused = given(story(create())).when(create('f1', {}, key('k')));
    refused.thenRefused('FLOW_EXISTS');
    given(story(create(), publish(0, 'f1', {}, key('k'))))
      .when(update('f1', {}, key('k', 'other')))
      .thenAccepted({
        type: 'FlowUpdated',
        data: { flowId: 'f1', name: null, definition: null, definitionYaml: null, revision: 2 },
      });
  });
  test('an accepted command that changes nothing binds its key', () => {
    const cancelled = story(...PUBLISHED, start('r1'), reportStarted('r1'), cancel('r1'));
    given(story(...cancelled, cancel('r1', { ...key('k'), commandId: 'second' })))
      .when(cancel('r1', key('k')))
      .thenAcknowledged({ reason: 'replay', originalCommandId: 'second', executionId: runId('r1') });
  });
  test('it lives for a day from the first use; replays do not lengthen it', () => {
    const replayed = story(...once, at(T0 + DAY_MS - 1, start('r2', {}, key('k'))));
    given(replayed)
      .when(start('r3', {}, key('k', 'other')), T0 + DAY_MS - 1)
      .thenRefused('IDEMPOTENCY_KEY_REUSED');
    given(replayed)
      .when(start('r3', {}, key('k', 'other')), T0 + DAY_MS)
      .thenAccepted({
        type: 'ExecutionRequested',
        data: {
          flowId: 'f1',
          executionId: runId('r3'),
          version: 1,
          input: '{}',
          triggerType: 'manual',
          retriedFrom: null,
          retryFrom: null,
          trigger: null,
          labels: '{}',
        },
      });
  });
});

describe('the cap on live keys', () => {
  const settings = { memory: { maxIdempotencyKeys: 2 } };
  const full = story(at(T0, create('a', {}, key('1'))), at(T0 + 60_000, create('b', {}, key('2'))));
  test('a new key is refused until the oldest expires; nothing is forgotten before', () => {
    given(full, settings)
      .when(create('c', {}, key('3')), T0 + 60_000)
      .thenRefused('OVERLOADED', { retryAfterSeconds: DAY_MS / 1000 - 60 });
    given(full, settings)
      .when(create('a', {}, key('1')), T0 + 60_000)
      .thenAcknowledged({ reason: 'replay' });
    given(full, settings)
      .when(create('c', {}, key('3')), T0 + DAY_MS)
      .thenAccepted({
        type: 'FlowCreated',
        data: { flowId: 'c', name: 'Flow', dslApiVersion: 'v1.0', definition: '{}', definitionYaml: null, revision: 1 },
      });
  });
  test('commands without a key, and refusals, are as always', () => {
    given(full, settings)
      .when(create('a', {}, key('3')))
      .thenRefused('FLOW_EXISTS');
    given(full, settings)
      .when(update('a'))
      .thenAccepted({
        type: 'FlowUpdated',
        data: { flowId: 'a', name: null, definition: null, definitionYaml: null, revision: 2 },
      });
  });
});
