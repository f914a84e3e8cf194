import { registration } from '@flowplane/contracts';
import { expect, test } from 'vitest';
import { DAY_MS, given, T0 } from './decider-specification.js';
import { forgetFired } from './fired-triggers.js';
import { create, publish, runId, story } from './story.js';
import { fired } from './teardown-story.js';
import { emptyTenantState } from './tenant-state.js';
import { stateFromJson, stateToJson } from './tenant-state-json.js';

const cron = registration('daily', { kind: 'cron', schedule: '0 9 * * *' });
const PUBLISHED = story(create(), publish(1, 'f1', { triggers: [cron] }));

test('a fire that is appended again is no second run', () => {
  const fire = fired();
  given([...PUBLISHED, ...story(fire)])
    .when(fire)
    .thenAcknowledged({ reason: 'duplicate', executionId: runId('c1') });
});

test('nor is one that was refused, though the quota has room by then: its workflow is over', () => {
  const told = given(PUBLISHED, { quotas: { flow_starts_per_minute: 1 } });
  const [first, refused] = [fired('c1'), fired('c2')];
  const taken = [told.take(first), told.take(refused, T0 + 1, 1), told.take(refused, T0 + DAY_MS / 2, 2)];
  expect(taken.flat().map(({ type }) => type)).toEqual([
    ...['ExecutionRequested', 'TriggerStartRefused', 'CommandAcknowledged'],
  ]);
});

test('a fire is remembered for a day, and stands in snapshots', () => {
  let state = emptyTenantState();
  state.firedCrons.set('run', T0);
  state = stateFromJson(stateToJson(state));
  const retention = { dedupeRetentionMs: 7 * DAY_MS, runRetentionMs: 7 * DAY_MS };
  forgetFired(state, T0 + DAY_MS - 1, retention);
  expect([...state.firedCrons]).toEqual([['run', T0]]);
  forgetFired(state, T0 + DAY_MS, retention);
  expect(state.firedCrons.size).toBe(0);
});
