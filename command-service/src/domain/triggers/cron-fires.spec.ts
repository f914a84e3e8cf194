import { registration } from '@flowplane/contracts';
import { expect, test } from 'vitest';
import { DAY_MS, given, MEMORY, T0 } from '../../../test/decider-specification.js';
import { create, publish, runId, story } from '../../../test/story.js';
import { fired } from '../../../test/teardown-story.js';
import { emptyTriggers, forgetTriggers, triggersFromJson, triggersToJson } from './state.js';

const cron = registration('daily', { kind: 'cron', schedule: '0 9 * * *' });
const PUBLISHED = story(create(), publish(1, 'f1', { triggers: [cron] }));

test('a fire that is appended again is no second run', () => {
  const fire = fired();
  given([...PUBLISHED, ...story(fire)])
    .when(fire)
    .thenAcknowledged({ reason: 'duplicate', executionId: runId('c1') });
});

test('nor is one that was refused, though the quota has room by then: its workflow is over', () => {
  const { take } = given(PUBLISHED, { quotas: { flow_starts_per_minute: 1 } });
  const [first, refused] = [fired('c1'), fired('c2')];
  const taken = [take(first), take(refused, T0 + 1, 1), take(refused, T0 + DAY_MS / 2, 2)];
  expect(taken.flat().map(({ type }) => type)).toEqual([
    ...['ExecutionRequested', 'TriggerStartRefused', 'CommandAcknowledged'],
  ]);
});

test('a fire is remembered for a day, and is in snapshots', () => {
  const before = emptyTriggers();
  before.firedCrons.set('run', T0);
  const triggers = triggersFromJson(triggersToJson(before));
  forgetTriggers(triggers, T0 + DAY_MS - 1, MEMORY);
  expect([...triggers.firedCrons]).toEqual([['run', T0]]);
  forgetTriggers(triggers, T0 + DAY_MS, MEMORY);
  expect(triggers.firedCrons.size).toBe(0);
});
