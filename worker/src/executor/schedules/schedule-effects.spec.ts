import { describe, expect, it } from 'vitest';
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
  const found = { scheduleId: 'T:W:F', logOffset: 1, refusal: null, ...wanted } as StoredSchedule;
  const store: Partial<ScheduleStore> = { find: () => Promise.resolve(found) };
  const effects = makeScheduleEffects({
    engine: engine as EngineSchedules,
    store: store as ScheduleStore,
    ...{ maxCatchupFires: 1000, logger: { error: () => undefined } },
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

describe('a schedule that the engine refuses for good', () => {
  const refusing = Object.assign(new Error('3 INVALID_ARGUMENT'), { code: 3, details: 'unknown time zone Mars' });

  async function pushed(wanted: Partial<StoredSchedule>, put: () => Promise<void>) {
    let stored = {
      scheduleId: 'T:W:F',
      logOffset: 7,
      refusal: null,
      crons: ['0 9 * * *'],
      ...wanted,
    } as StoredSchedule;
    let isHeld = true;
    const engine: Partial<EngineSchedules> = { put, remove: async () => void (isHeld = false) };
    const store: Partial<ScheduleStore> = {
      find: () => Promise.resolve(stored),
      setRefusal: async (_scheduleId, logOffset, refusal) => {
        if (logOffset === stored.logOffset) stored = { ...stored, refusal };
      },
    };
    const logger = { error: () => undefined };
    const effects = makeScheduleEffects({
      ...{ engine: engine as EngineSchedules, store: store as ScheduleStore, maxCatchupFires: 1000, logger },
    });
    await effects.push('T:W:F', signal);
    return { isHeld, refusal: stored.refusal };
  }

  it('is not held in the form of an earlier version either, and its reason is kept', async () => {
    const { isHeld, refusal } = await pushed({}, () => Promise.reject(refusing));
    expect([isHeld, refusal]).toEqual([false, expect.stringContaining('INVALID_ARGUMENT')]);
  });

  it('nor where it was paused', async () => {
    expect((await pushed({ paused: true }, () => Promise.reject(refusing))).isHeld).toBe(false);
  });

  it('is one that an earlier release let pass', async () => {
    const asked = { put: 0 };
    const put = async (): Promise<void> => void asked.put++;
    for (const [cron, reason] of [
      ['CRON_TZ=PST 0 9 * * *', "schedule has unknown time zone 'PST'"],
      ['0 0 30 2 *', 'schedule names only dates that never come'],
    ] as const) {
      expect(await pushed({ crons: ['0 9 * * *', cron] }, put)).toEqual({ isHeld: false, refusal: reason });
    }
    expect(asked.put).toBe(0);
  });

  it('is refused no more once the engine takes it', async () => {
    expect(await pushed({ refusal: 'for a while' }, () => Promise.resolve())).toEqual({ isHeld: true, refusal: null });
  });

  it('is one only where waiting does not help', async () => {
    const away = Object.assign(new Error('8 RESOURCE_EXHAUSTED'), { code: 8, details: 'slow down' });
    await expect(pushed({}, () => Promise.reject(away))).rejects.toThrow('RESOURCE_EXHAUSTED');
  });
});
