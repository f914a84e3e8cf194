import { problemBody, type Problem } from '@flowplane/contracts';
import { describe, expect, test } from 'vitest';
import { naming, put, removeConnection } from '../../../test/connection-story.js';
import { at, archive, create, publish, remove, story } from '../../../test/story.js';
import { contextAt, DAY_MS, given, T0, take } from '../../../test/decider-specification.js';
import { emptyTenantState, isBlank, stateFromJson, stateToJson } from '../tenant-state.js';

const change = (decision: object) => (decision as { change: { data: object } }).change.data;

describe('putting a connection', () => {
  test('the first makes version 1, the next one the next, and the name is free again once it is removed', () => {
    given([])
      .when(put('crm'))
      .thenAccepted({
        type: 'ConnectionPut',
        data: {
          ...{ name: 'crm', kind: 'http', endpoint: '{"url":"https://crm.example.com/"}', version: 1 },
          ...{ secretId: 's1', fingerprint: 'p1', createdAt: T0, rotatedAt: T0, rotatedBy: 'alice', superseded: [] },
        },
      });
    const again = given(story(put('crm'))).when(put('crm', { secretId: 's2', fingerprint: 'p2' }), T0 + 5);
    expect(change(again.decision)).toMatchObject({ version: 2, createdAt: T0, rotatedAt: T0 + 5 });
    const anew = given(story(put('crm'), removeConnection('crm'))).when(put('crm'), T0 + 5);
    expect(change(anew.decision)).toMatchObject({ version: 1, createdAt: T0 + 5, superseded: [] });
  });

  test('who rotated it, and when, is said of the last PUT that changed the secret', () => {
    const rotated = [put('crm'), put('crm', { fingerprint: 'p2', secretId: 's2' }, { actorId: 'bob' })];
    const same = given(story(...rotated)).when(put('crm', { fingerprint: 'p2', secretId: 's3' }), T0 + 5);
    expect(change(same.decision)).toMatchObject({ version: 3, rotatedAt: T0, rotatedBy: 'bob', secretId: 's3' });
    const without = given(story(...rotated)).when(put('crm', { fingerprint: null, secretId: null }), T0 + 5);
    expect(change(without.decision)).toMatchObject({ rotatedAt: T0 + 5, rotatedBy: 'alice', secretId: null });
  });

  test('a secret stays readable for a day after another one took its place, the last twenty of them', () => {
    const twice = story(put('crm'), at(T0 + 10, put('crm', { secretId: 's2' })));
    expect(change(given(twice).when(put('crm', { secretId: 's3' }), T0 + 20).decision)).toMatchObject({
      superseded: [
        { secretId: 's2', until: T0 + 20 + DAY_MS },
        { secretId: 's1', until: T0 + 10 + DAY_MS },
      ],
    });
    expect(change(given(twice).when(put('crm', { secretId: 's3' }), T0 + 10 + DAY_MS).decision)).toMatchObject({
      superseded: [{ secretId: 's2' }],
    });
    const many = story(...Array.from({ length: 40 }, (_, index) => put('crm', { secretId: `s${index}` })));
    expect(change(given(many).when(put('crm')).decision)).toMatchObject({ superseded: { length: 20 } });
  });

  test('a workspace has so many and no more, whatever other workspaces have', () => {
    const three = story(put('a'), put('b'), put('c'), put('a', {}, { workspaceId: 'w2' }));
    given(three)
      .when(put('d'))
      .thenRefused('QUOTA_EXCEEDED', { status: 429, dimension: 'max_connections', errors: '[{"limit":3,"usage":3}]' });
    expect(given(three).when(put('c')).decision.kind).toBe('accepted');
    expect(given(three).when(put('d', {}, { workspaceId: 'w2' })).decision.kind).toBe('accepted');
    expect(given(story(...three, removeConnection('a'))).when(put('d')).decision.kind).toBe('accepted');
  });

  test('its kind may change, also while published versions refer to it: it may be put right that way', () => {
    const used = story(put('crm', {}, {}, 'smtp'), create(), publish(1, 'f1', { definition: naming('crm') }));
    expect(change(given(used).when(put('crm')).decision)).toMatchObject({ version: 2, kind: 'http' });
  });
});

describe('removing a connection', () => {
  test('404 where there is none, or it is of another workspace, or it is removed', () => {
    given([]).when(removeConnection('crm')).thenRefused('CONNECTION_NOT_FOUND', { status: 404 });
    const one = story(put('crm'));
    given(one)
      .when(removeConnection('crm', { workspaceId: 'w2' }))
      .thenRefused('CONNECTION_NOT_FOUND');
    given(one)
      .when(removeConnection('crm'))
      .thenAccepted({ type: 'ConnectionRemoved', data: { name: 'crm' } });
    given(story(...one, removeConnection('crm')))
      .when(removeConnection('crm'))
      .thenRefused('CONNECTION_NOT_FOUND');
  });

  test('409 with the versions that refer to it, until they are removed or their flow is deleted', () => {
    const used = story(
      ...[put('crm'), put('mail'), create(), create('f2')],
      ...[publish(1, 'f1', { definition: naming('crm', 'mail', 'crm') }), publish(2)],
      publish(1, 'f2', { definition: naming('crm') }),
    );
    const { decision } = given(used).when(removeConnection('crm'));
    const { problem } = decision as { readonly problem: Problem };
    expect(problemBody(problem)).toEqual({
      code: 'CONNECTION_IN_USE',
      message: expect.stringContaining('version 1 of flow f1 and 1 more') as unknown,
      versions: [
        { flowId: 'f1', version: 1 },
        { flowId: 'f2', version: 1 },
      ],
    });
    given(used).when(removeConnection('mail')).thenRefused('CONNECTION_IN_USE');
    const rest = story(...used, archive(1));
    given(rest)
      .when(removeConnection('mail'))
      .thenAccepted({ type: 'ConnectionRemoved', data: { name: 'mail' } });
    given(rest).when(removeConnection('crm')).thenRefused('CONNECTION_IN_USE');
    given(story(...rest, remove('f2')))
      .when(removeConnection('crm'))
      .thenAccepted({ type: 'ConnectionRemoved', data: { name: 'crm' } });
  });

  test('a flow of another workspace that names the same, and names that are none, do not hold it', () => {
    const elsewhere = { workspaceId: 'w2' };
    const others = story(
      ...[put('crm'), create('f1', {}, elsewhere), publish(1, 'f1', { definition: naming('crm') }, elsewhere)],
      ...[create(), publish(1, 'f1', { definition: naming('default', '${{ "crm" }}', 7, null, 'Crm') })],
    );
    expect(given(others).when(removeConnection('crm')).decision.kind).toBe('accepted');
  });

  test('a version that refers to it may be published after it was removed', () => {
    const gone = story(put('crm'), removeConnection('crm'), create());
    expect(given(gone).when(publish(1, 'f1', { definition: naming('crm') })).decision.kind).toBe('accepted');
  });
});

test('a snapshot keeps connections and what refers to them; a tenant that has a connection is not blank', () => {
  const state = emptyTenantState();
  for (const command of [put('crm'), create(), publish(1, 'f1', { definition: naming('crm') })]) {
    take(state, command, contextAt(T0));
  }
  const restored = stateFromJson(stateToJson(state));
  expect(restored).toEqual(state);
  const { decision } = take(restored, removeConnection('crm'), contextAt(T0));
  expect(decision).toMatchObject({ problem: { code: 'CONNECTION_IN_USE' } });
  const other = emptyTenantState();
  expect(isBlank(other)).toBe(true);
  take(other, put('crm'), contextAt(T0));
  expect(isBlank(other)).toBe(false);
});
