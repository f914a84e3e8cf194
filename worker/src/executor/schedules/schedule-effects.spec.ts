import { expect, it } from 'vitest';
import type { EngineSchedules } from '../engine/schedules.js';
import { makeScheduleEffects, type ScheduleEvent } from './schedule-effects.js';
import type { ScheduleStore, StoredSchedule } from './schedule-store.js';

const signal = new AbortController().signal;
const event = {
  type: 'ScheduleTriggered',
  meta: { tenantId: 'T', workspaceId: 'W', commandId: 'c' },
  data: { flowId: 'F' },
} as ScheduleEvent;

async function triggered(wanted: Partial<StoredSchedule>): Promise<readonly string[]> {
  const held = new Set<string>();
  const fired: string[] = [];
  const engine: Partial<EngineSchedules> = {
    trigger: async (scheduleId, requestId) => {
      if (held.has(scheduleId)) fired.push(requestId);
      return held.has(scheduleId);
    },
    put: async ({ scheduleId }) => void held.add(scheduleId),
    remove: async (scheduleId) => void held.delete(scheduleId),
  };
  const found = { scheduleId: 'T:W:F', logOffset: 1, ...wanted } as StoredSchedule;
  const store: Partial<ScheduleStore> = { find: () => Promise.resolve(found) };
  const effects = makeScheduleEffects({
    engine: engine as EngineSchedules,
    store: store as ScheduleStore,
    logger: { error: () => undefined },
  });
  await effects.apply(event, 2, signal);
  return fired;
}

it('a trigger of a schedule that somebody has removed from the engine brings it back first', async () => {
  expect(await triggered({ crons: ['* * * * *'] })).toEqual(['c']);
});

it('a trigger of a schedule that ended meanwhile starts nothing', async () => {
  expect(await triggered({ crons: [] })).toEqual([]);
});
