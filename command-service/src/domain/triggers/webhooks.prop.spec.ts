import type { Command, Event } from '@flowplane/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contextAt, DAY_MS, MEMORY, T0, take } from '../../../test/decider-specification.js';
import { evolve, forget } from '../decider.js';
import type { Memory } from '../decision.js';
import { flowOf } from '../flows/state.js';
import { create, delivery, HOOK, publishHook, redeliver, reportClosed, rotate } from '../../../test/story.js';
import { emptyTenantState, stateFromJson, stateToJson, type TenantState } from '../tenant-state.js';

const SETTINGS = { quotas: { flow_starts_per_minute: 4, max_concurrent_executions: 3, max_flow_versions: -1 } };

const id = fc.constantFrom('a', 'b', 'c', 'a-r1', 'a-r2', 'b-r1');
/** A command that depends on the state when its turn comes. */
type Step = (state: TenantState) => Command;
const revisionOf = (state: TenantState): number => flowOf(state.flows, { workspaceId: 'w1' }, 'f1')?.revision ?? 0;
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(id, fc.constantFrom('s1', 's1', 's1', 's2')).map(
      ([one, secretId]) =>
        () =>
          delivery(one, { secretId }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(id, fc.constantFrom('k1', 'k2')).map(
      ([one, key]) =>
        () =>
          delivery(one, {}, key),
    ),
  },
  { weight: 4, arbitrary: id.map((one) => () => redeliver(one)) },
  { weight: 1, arbitrary: fc.constantFrom('s1', 's2').map((secretId) => () => rotate(secretId, 5000)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('s1', null)
      .map((secretId) => (state: TenantState) => publishHook(revisionOf(state), secretId)),
  },
  {
    weight: 6,
    arbitrary: fc.nat(5).map((place) => (state: TenantState) => {
      const executionId = [...state.executions.runs.keys()][place] ?? 'none';
      const command = reportClosed('x');
      return { ...command, data: { ...command.data, executionId } } as Command;
    }),
  },
);
const stepsOf = (...elapsedMs: readonly number[]) =>
  fc.array(fc.record({ step: anyStep, elapsedMs: fc.constantFrom(...elapsedMs) }), {
    ...{ minLength: 1, maxLength: 80, size: 'max' as const },
  });
type Steps = ReturnType<typeof stepsOf> extends fc.Arbitrary<infer T> ? T : never;

/** Decides a story step by step, with a snapshot on the way. */
function play(story: Steps, snapshotAt: number, memory: Partial<Memory> = {}) {
  let state = emptyTenantState();
  const events: Event[] = [];
  let now = T0;
  const all: Step[] = [() => create(), () => publishHook(1, 's1'), ...story.map(({ step }) => step)];
  all.forEach((step, index) => {
    now += story[index - 2]?.elapsedMs ?? 0;
    events.push(...take(state, step(state), contextAt(now, { ...SETTINGS, memory }, index)).events);
    if (index === snapshotAt) state = stateFromJson(stateToJson(state));
  });
  const starts = events.flatMap((event) => (event.type === 'ExecutionRequested' ? [event.data] : []));
  return { state, events, starts };
}

test('every delivery key starts exactly one run, no two runs have one id, and a snapshot changes nothing', () => {
  fc.assert(
    fc.property(stepsOf(0, 0, 0, 1000, 60_000), fc.nat(80), (story, snapshotAt) => {
      const { state, events, starts } = play(story, snapshotAt);
      expect(new Set(starts.map(({ executionId }) => executionId)).size).toBe(starts.length);
      const keys = starts.flatMap(({ trigger }) =>
        trigger === null || trigger.redelivery > 0 ? [] : [trigger.dedupeKey ?? trigger.deliveryId],
      );
      expect(new Set(keys).size).toBe(keys.length);
      for (const event of events) {
        if (event.type !== 'CommandAcknowledged' || event.data.reason !== 'duplicate') continue;
        expect(starts.map(({ executionId }) => executionId)).toContain(event.data.executionId);
      }
      const folded = events.reduce(evolve, emptyTenantState());
      expect([...folded.triggers.fired.keys()].every((key) => key.startsWith(`w1/${HOOK}/`))).toBe(true);
      expect(folded.triggers.fired).toEqual(state.triggers.fired);
    }),
    { numRuns: 50 },
  );
});

test('a delivery that is forgotten starts a run again, never under the id of one that is kept', () => {
  const retention = { dedupeRetentionMs: 2000, runRetentionMs: 3650 * DAY_MS };
  let again = 0;
  fc.assert(
    fc.property(stepsOf(0, 1000, 60_000, 8 * DAY_MS), fc.nat(80), (story, snapshotAt) => {
      const { starts } = play(story, snapshotAt, retention);
      expect(new Set(starts.map(({ executionId }) => executionId)).size).toBe(starts.length);
      const keys = starts.map(({ trigger }) => trigger?.dedupeKey ?? trigger?.deliveryId);
      again += keys.length - new Set(keys).size;
    }),
    { numRuns: 50 },
  );
  expect(again).toBeGreaterThan(50);
});

test('the id of a run is free again once it is gone everywhere', () => {
  const { state } = play([{ step: () => delivery('d'), elapsedMs: 0 }], 80);
  const closed = reportClosed('x');
  const close = {
    ...closed,
    data: { ...closed.data, executionId: [...state.executions.runs.keys()][0] ?? '' },
  } as Command;
  take(state, close, contextAt(T0 + DAY_MS, SETTINGS));
  const { closedHooks, fired } = state.triggers;
  forget(state, T0 + 9 * DAY_MS - 1, MEMORY);
  expect(closedHooks.size).toBe(1);
  forget(state, T0 + 9 * DAY_MS, MEMORY);
  expect([closedHooks.size, fired.size]).toEqual([0, 0]);
});
