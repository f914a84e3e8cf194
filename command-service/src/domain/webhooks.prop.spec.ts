import type { Command, Event } from '@flowplane/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contextAt, DAY_MS, T0, takeIn } from './decider-specification.js';
import { decide, evolve, forgetFired } from './index.js';
import { create, delivery, HOOK, publishHook, redeliver, reportClosed, rotate } from './story.js';
import { stateFromJson, stateToJson } from './tenant-state-json.js';
import { emptyTenantState, flowOf, type TenantState } from './tenant-state.js';

const SETTINGS = { quotas: { flow_starts_per_minute: 4, max_concurrent_executions: 3, max_flow_versions: -1 } };

const id = fc.constantFrom('a', 'b', 'c', 'a-r1', 'a-r2', 'b-r1');
/** Stands for what the state says when its turn comes. */
type Told = (state: TenantState) => Command;
const revisionOf = (state: TenantState): number => flowOf(state, { workspaceId: 'w1' }, 'f1')?.revision ?? 0;
const anyStep: fc.Arbitrary<Told> = fc.oneof(
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
      const executionId = [...state.runs.keys()][place] ?? 'none';
      const command = reportClosed('x');
      return { ...command, data: { ...command.data, executionId } } as Command;
    }),
  },
);
const steps = fc.array(fc.record({ told: anyStep, elapsedMs: fc.constantFrom(0, 0, 0, 1000, 60_000) }), {
  ...{ minLength: 1, maxLength: 80, size: 'max' as const },
});

test('every delivery key starts exactly one run, no two runs have one id, and a snapshot changes nothing', () => {
  fc.assert(
    fc.property(steps, fc.nat(80), (story, snapshotAt) => {
      let state = emptyTenantState();
      const events: Event[] = [];
      let now = T0;
      const all: Told[] = [() => create(), () => publishHook(1, 's1'), ...story.map(({ told }) => told)];
      all.forEach((told, index) => {
        now += story[index - 2]?.elapsedMs ?? 0;
        forgetFired(state, now, 7 * DAY_MS);
        const command = told(state);
        const decision = decide(state, command, contextAt(now, SETTINGS));
        events.push(...takeIn(state, command, now, decision, index));
        if (index === snapshotAt) state = stateFromJson(stateToJson(state));
      });
      const starts = events.flatMap((event) => (event.type === 'ExecutionRequested' ? [event.data] : []));
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
      expect([...folded.fired.keys()].every((key) => key.startsWith(`w1/${HOOK}/`))).toBe(true);
      expect(folded.fired).toEqual(state.fired);
    }),
    { numRuns: 50 },
  );
});
