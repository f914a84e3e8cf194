import { describe, expect, test } from 'vitest';
import { contextAt, given, T0, take } from '../../../test/decider-specification.js';
import { archive, create, publish, remove, reportClosed, retry, start, story, update } from '../../../test/story.js';
import { emptyTenantState, stateFromJson, stateToJson } from '../tenant-state.js';

const archived = (version: number, flowId = 'f1') => ({ type: 'FlowVersionArchived', data: { flowId, version } });
const calls = (flowId: string, flowVersion: string) =>
  JSON.stringify({ nodes: [{ id: 'child', type: 'sub-flow', flowId, flowVersion }] });
const three = story(create(), publish(1), publish(2), publish(3));

describe('removing a version', () => {
  test('404 where there is none, or none any more, or it is no version', () => {
    given([]).when(archive(1)).thenRefused('VERSION_NOT_FOUND', { status: 404 });
    given(three).when(archive(4)).thenRefused('VERSION_NOT_FOUND');
    given(three).when(archive(0)).thenRefused('VERSION_NOT_FOUND');
    given(three)
      .when(archive(1, 'f1', { workspaceId: 'w2' }))
      .thenRefused('VERSION_NOT_FOUND');
    given(story(...three, archive(1)))
      .when(archive(1))
      .thenRefused('VERSION_NOT_FOUND');
  });

  test('the latest stays, any other goes', () => {
    given(three).when(archive(3)).thenRefused('VERSION_IN_USE', { status: 409 });
    given(three).when(archive(1)).thenAccepted(archived(1));
    given(story(...three, archive(1)))
      .when(archive(2))
      .thenAccepted(archived(2));
  });

  test('it starts no more runs, and the others do', () => {
    const rest = story(...three, archive(2));
    given(rest)
      .when(start('r', { version: 2 }))
      .thenRefused('VERSION_NOT_FOUND', { status: 404 });
    for (const version of [null, 1, 3]) {
      const { decision } = given(rest).when(start('r', { version }));
      expect(decision).toMatchObject({ kind: 'accepted', change: { data: { version: version ?? 3 } } });
    }
  });

  test('runs of it go on, and are retried on it', () => {
    const open = story(...three, start('r', { version: 1 }));
    given(open).when(archive(1)).thenAccepted(archived(1));
    const over = story(...open, archive(1), reportClosed('r'));
    const { decision } = given(over).when(retry('again', 'r'));
    expect(decision).toMatchObject({ kind: 'accepted', change: { data: { version: 1 } } });
  });

  test('numbers never return, the revision does not move, and only what is kept counts', () => {
    const quotas = { max_flow_versions: 3 };
    given(three, { quotas }).when(publish(4)).thenRefused('QUOTA_EXCEEDED', { dimension: 'max_flow_versions' });
    const rest = given(story(...three, archive(1), archive(2)), { quotas });
    for (const version of [4, 5]) {
      expect(rest.take(publish(version))[0]).toMatchObject({
        ...{ type: 'FlowVersionPublished', data: { version, revision: version + 1 } },
      });
    }
    rest.when(publish(6)).thenRefused('QUOTA_EXCEEDED');
  });

  test('a flow that is made again under the id has its own versions', () => {
    const again = story(...three, archive(1), remove(), create(), publish(1), publish(2));
    given(again).when(archive(1)).thenAccepted(archived(1));
  });
});

describe('a version that sub-flow nodes refer to', () => {
  const child = story(create('child'), publish(1, 'child'), publish(2, 'child'));
  const called = (definition: string, meta = {}) => [
    create('parent', {}, meta),
    publish(1, 'parent', { definition }, meta),
  ];

  test('stays for as long as a published version refers to it, and the refusal says which', () => {
    const using = story(...child, ...called(calls('child', '1')));
    const { decision } = given(using).when(archive(1, 'child'));
    expect(decision).toMatchObject({
      problem: { code: 'VERSION_IN_USE', message: expect.stringContaining('parent') as unknown },
    });
    const replaced = story(...using, publish(2, 'parent'));
    given(replaced).when(archive(1, 'child')).thenRefused('VERSION_IN_USE');
    given(story(...replaced, archive(1, 'parent')))
      .when(archive(1, 'child'))
      .thenAccepted(archived(1, 'child'));
    given(story(...using, remove('parent')))
      .when(archive(1, 'child'))
      .thenAccepted(archived(1, 'child'));
  });

  test('a version may refer to an earlier one of its own flow', () => {
    const own = story(create(), publish(1), publish(2, 'f1', { definition: calls('f1', '1') }));
    given(own).when(archive(1)).thenRefused('VERSION_IN_USE');
  });

  test('not by a draft, nor from another workspace, nor for another version', () => {
    given(story(...child, create('parent', { definition: calls('child', '1') }), update('parent')))
      .when(archive(1, 'child'))
      .thenAccepted(archived(1, 'child'));
    given(story(...child, ...called(calls('child', '1'), { workspaceId: 'w2' })))
      .when(archive(1, 'child'))
      .thenAccepted(archived(1, 'child'));
    given(story(...child, ...called(calls('child', '2'))))
      .when(archive(1, 'child'))
      .thenAccepted(archived(1, 'child'));
  });

  test('a publish that was validated before the removal is validated again', () => {
    const definition = calls('child', '1');
    given(story(...child, archive(1, 'child'), create('parent')))
      .when(publish(1, 'parent', { definition }))
      .thenStale(1);
    const elsewhere = story(...child, archive(1, 'child'), create('parent', {}, { workspaceId: 'w2' }));
    const { decision } = given(elsewhere).when(publish(1, 'parent', { definition }, { workspaceId: 'w2' }));
    expect(decision).toMatchObject({ kind: 'accepted' });
  });

  test('references and removals are in a snapshot', () => {
    const state = emptyTenantState();
    for (const { command } of story(...child, ...called(calls('child', '2')), archive(1, 'child'))) {
      take(state, command, contextAt(T0));
    }
    expect(stateFromJson(stateToJson(state))).toEqual(state);
  });
});
