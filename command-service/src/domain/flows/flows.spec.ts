import { describe, expect, test } from 'vitest';
import { DAY_MS, given, T0 } from '../../../test/decider-specification.js';
import {
  create,
  publish,
  publishHook,
  remove,
  reportClosed,
  start,
  story,
  update,
  VERDICT,
} from '../../../test/story.js';

const CREATED = { name: 'Flow', dslApiVersion: 'v1.0', definition: '{}', definitionYaml: null };

describe('create', () => {
  test('a flow begins at revision 1', () => {
    given([])
      .when(create())
      .thenAccepted({ type: 'FlowCreated', data: { flowId: 'f1', ...CREATED, revision: 1 } });
  });
  test('its id is taken in its workspace only', () => {
    const story1 = story(create());
    given(story1).when(create()).thenRefused('FLOW_EXISTS');
    given(story1)
      .when(create('f1', {}, { workspaceId: 'w2' }))
      .thenAccepted({ type: 'FlowCreated', data: { flowId: 'f1', ...CREATED, revision: 1 } });
  });
  test('the quota stands before the verdict, the verdict before FLOW_EXISTS', () => {
    const full = { quotas: { max_flows: 1 } };
    given(story(create()), full)
      .when(create('f1', { verdict: VERDICT }))
      .thenRefused('QUOTA_EXCEEDED', { status: 429, dimension: 'max_flows' });
    given(story(create()))
      .when(create('f1', { verdict: VERDICT }))
      .thenRefused('FLOW_VALIDATION_FAILED', { status: 422 });
  });
  test('the quota counts the tenant’s stored flows over all workspaces; grace lets some more in', () => {
    const two = story(create('a'), create('b', {}, { workspaceId: 'w2' }));
    given(two, { quotas: { max_flows: 2 } })
      .when(create('c'))
      .thenRefused('QUOTA_EXCEEDED');
    given(story(...two, remove('a')), { quotas: { max_flows: 2 } })
      .when(create('c'))
      .thenAccepted({ type: 'FlowCreated', data: { flowId: 'c', ...CREATED, revision: 1 } });
    given(two, { quotas: { max_flows: { limit: 1, grace: 2 } } })
      .when(create('c'))
      .thenAccepted({ type: 'FlowCreated', data: { flowId: 'c', ...CREATED, revision: 1 } });
    given(two, { quotas: { max_flows: -1 } })
      .when(create('c'))
      .thenAccepted({ type: 'FlowCreated', data: { flowId: 'c', ...CREATED, revision: 1 } });
    given([], { quotas: { max_flows: 0 } })
      .when(create('c'))
      .thenRefused('QUOTA_EXCEEDED');
  });
});

describe('patch', () => {
  const patched = (revision: number) => ({
    type: 'FlowUpdated',
    data: { flowId: 'f1', name: null, definition: null, definitionYaml: null, revision },
  });
  test('raises the revision, also without any field', () => {
    given(story(create(), update())).when(update()).thenAccepted(patched(3));
  });
  test('404 before 412 before the verdict', () => {
    given([])
      .when(update('f1', { expectedRevision: 9, verdict: VERDICT }))
      .thenRefused('FLOW_NOT_FOUND');
    given(story(create()))
      .when(update('f1', { expectedRevision: 2, verdict: VERDICT }))
      .thenRefused('REVISION_CONFLICT', { status: 412 });
    given(story(create()))
      .when(update('f1', { verdict: VERDICT }))
      .thenRefused('FLOW_VALIDATION_FAILED');
    given(story(create()))
      .when(update('f1', { expectedRevision: 1 }))
      .thenAccepted(patched(2));
  });
  test('not in another workspace', () => {
    given(story(create()))
      .when(update('f1', {}, { workspaceId: 'w2' }))
      .thenRefused('FLOW_NOT_FOUND');
  });
});

describe('delete', () => {
  const removed = { type: 'FlowDeleted', data: { flowId: 'f1', revision: 2 } };
  const open = story(create(), publish(1), start('r1'));
  test('404 before 412 before 409 while a run is open', () => {
    given([]).when(remove('f1', 7)).thenRefused('FLOW_NOT_FOUND');
    given(open).when(remove('f1', 7)).thenRefused('REVISION_CONFLICT');
    given(open).when(remove()).thenRefused('FLOW_HAS_ACTIVE_EXECUTIONS', { status: 409 });
  });
  test('is free again when the last run is over', () => {
    given(story(...open, reportClosed('r1')))
      .when(remove())
      .thenAccepted(removed);
  });
  test('a flow made again under the id has no versions and begins at 1', () => {
    const again = story(create(), publish(1), remove(), create());
    given(again).when(start('r1')).thenRefused('VERSION_NOT_FOUND');
    given(again)
      .when(start('r1', { version: 1 }))
      .thenRefused('VERSION_NOT_FOUND');
    given(story(create(), publish(1), remove()))
      .when(start('r1', { version: 1 }))
      .thenRefused('VERSION_NOT_FOUND');
    given(again)
      .when(publish(1))
      .thenAccepted({
        type: 'FlowVersionPublished',
        data: {
          flowId: 'f1',
          version: 1,
          revision: 2,
          definition: '{"nodes":[]}',
          definitionYaml: null,
          dslApiVersion: 'v1.0',
          triggers: [],
        },
      });
  });
});

describe('publish', () => {
  const version = (number: number, revision: number) => ({
    type: 'FlowVersionPublished',
    data: {
      flowId: 'f1',
      version: number,
      revision,
      definition: '{"nodes":[]}',
      definitionYaml: null,
      dslApiVersion: 'v1.0',
      triggers: [],
    },
  });
  test('versions are numbered from 1 without gaps, and each raises the revision', () => {
    given(story(create())).when(publish(1)).thenAccepted(version(1, 2));
    given(story(create(), publish(1)))
      .when(publish(2))
      .thenAccepted(version(2, 3));
  });
  test('another publish at the same time does not make it stale, a patch does', () => {
    const published = story(create(), publish(1));
    given(published).when(publish(1)).thenAccepted(version(2, 3));
    given(story(...published, update()))
      .when(publish(2))
      .thenStale(3);
    given(story(...published, update(), publish(3)))
      .when(publish(3))
      .thenAccepted(version(3, 5));
    given(published)
      .when(publish(1, 'f1', { expectedRevision: 1 }))
      .thenRefused('REVISION_CONFLICT');
    given(published).when(publish(3)).thenStale(2);
  });
  test('publishes of one draft at the same time take all versions that the quota leaves', () => {
    const state = given(story(create()));
    const outcomes = Array.from({ length: 40 }, () => state.take(publish(1))[0]);
    expect(outcomes.slice(0, 20).map((event) => event?.type)).toEqual(Array(20).fill('FlowVersionPublished'));
    expect(outcomes.slice(20).map((event) => event?.type)).toEqual(Array(20).fill('CommandRejected'));
    state.when(publish(1)).thenRefused('QUOTA_EXCEEDED', { dimension: 'max_flow_versions' });
  });
  test('never replaces the secret that a publish at the same time has made for a webhook', () => {
    const published = story(create(), publishHook(1, 's1'));
    given(published).when(publishHook(1, 's2')).thenStale(2);
    expect(given(published).when(publishHook(1, null)).decision).toMatchObject({ kind: 'accepted' });
  });
  test('404 → 412 → stale → verdict → quota', () => {
    const quotas = { max_flow_versions: 1 };
    const bad = { expectedRevision: 9, verdict: VERDICT };
    const published = story(create(), update(), publish(2));
    given([])
      .when(publish(-1, 'f1', bad))
      .thenRefused('FLOW_NOT_FOUND');
    given(published, { quotas })
      .when(publish(1, 'f1', bad))
      .thenRefused('REVISION_CONFLICT');
    given(published, { quotas })
      .when(publish(1, 'f1', { verdict: VERDICT }))
      .thenStale(3);
    given(published, { quotas })
      .when(publish(2, 'f1', { verdict: VERDICT }))
      .thenRefused('FLOW_VALIDATION_FAILED');
    given(published, { quotas }).when(publish(3)).thenRefused('QUOTA_EXCEEDED', { dimension: 'max_flow_versions' });
  });
  test('a draft that keeps changing is stale four times and a conflict the fifth', () => {
    const attempt = (number: number) => publish(1, 'f1', {}, { commandId: 'moving', attempt: number });
    const changed = story(create(), update(), attempt(1));
    given(changed).when(attempt(4)).thenStale(2);
    given(changed).when(attempt(5)).thenRefused('REVISION_CONFLICT', { status: 412 });
  });
  test('a later attempt of a command that has its outcome changes nothing', () => {
    const attempt = (number: number, revision: number) =>
      publish(revision, 'f1', {}, { commandId: 'twice', attempt: number });
    const replay = { reason: 'replay', originalCommandId: 'twice' };
    const stale = story(create(), update(), attempt(1, 1));
    given(stale).when(attempt(2, 2)).thenAccepted(version(1, 3));
    given(story(...stale, attempt(2, 2)))
      .when(attempt(5, 2))
      .thenAcknowledged(replay);
    given(story(...stale, attempt(2, 2)))
      .when(attempt(2, 3))
      .thenAcknowledged(replay);
    // Refused by the one, sent once more by the other.
    const state = given(stale);
    state.take(attempt(5, 1));
    state.when(attempt(2, 2)).thenAcknowledged(replay);
    given(story(create())).when(attempt(2, 1)).thenAcknowledged(replay);
    given(stale)
      .when(attempt(2, 2), T0 + DAY_MS)
      .thenAcknowledged(replay);
  });
  test('no draft was found, though there is one now', () => {
    given(story(create())).when(publish(-1)).thenStale(1);
  });
  test('the draft of an earlier flow under the same id is not this one’s, though its revision is', () => {
    const again = story(create(), remove(), create());
    given(again)
      .when(publish(1, 'f1', { draftBirth: 0 }))
      .thenStale(1);
    given(again)
      .when(publish(1, 'f1', { draftBirth: 2 }))
      .thenAccepted(version(1, 2));
  });
  test('never without a definition', () => {
    given(story(create()))
      .when(publish(1, 'f1', { definition: null }))
      .thenRefused('FLOW_DEFINITION_INVALID');
  });
});
