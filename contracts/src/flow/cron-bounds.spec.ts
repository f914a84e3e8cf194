import { describe, expect, it } from 'vitest';
import { parseCron, type CronSchedule } from './cron.js';
import { boundedCatchupMs } from './cron-catchup.js';
import { firesTooSoon } from './cron-interval.js';
import { badTriggers } from './semantic-triggers.js';

const schedules = (...texts: string[]): readonly CronSchedule[] =>
  texts.map((text) => {
    const parsed = parseCron(text);
    if (!parsed.ok) throw new Error(parsed.reason);
    return parsed.schedule;
  });
const MINUTE = 60;

describe('expressions that fire too often', () => {
  it.each([
    ['* * * * * *', 2],
    ['*/59 * * * * *', 2],
    ['*/30 * * * * *', MINUTE],
    ['0,59 12 * * *', 3600],
    ['0 0,23 * * *', 7200],
    ['58-59 59 23 31 12 *', 2],
  ])('%s: closer than %d s', (text, seconds) => expect(firesTooSoon(schedules(text), seconds)).toBe(0));

  it.each([
    ['* * * * * *', 1],
    ['* * * * *', MINUTE],
    ['0 0,12 * * *', 43_200],
    ['0 9 * * 1-5', 86_400],
    ['0 0 29 2 *', 86_400],
  ])('%s: not closer than %d s', (text, seconds) => expect(firesTooSoon(schedules(text), seconds)).toBeUndefined());

  it('are looked at together, by the dates they share', () => {
    expect(firesTooSoon(schedules('0 * * * * *', '30 * * * * *'), MINUTE)).toBe(1);
    expect(firesTooSoon(schedules('0 * * * *', '30 * * * *'), 1800)).toBeUndefined();
    expect(firesTooSoon(schedules('0 9 * * 1-5', '30 9 * * 0,6'), 3600)).toBeUndefined();
    expect(firesTooSoon(schedules('50 23 * * 5', '10 0 * * 6'), 3600)).toBe(1);
  });

  it('are E007 at the first of them that does, where the operator has set an interval', () => {
    const cron = (schedule: string) => ({ kind: 'cron', schedule }) as const;
    const triggers = [cron('0 9 * * *'), cron('10 9 * * *'), cron('11 9 * * *'), cron('12 9 * * *')];
    const definition = { apiVersion: 'v1.0', name: 'n', nodes: [], triggers } as never;
    expect(badTriggers(definition, {})).toEqual([]);
    expect(badTriggers(definition, {}, 300_000)).toEqual([
      {
        code: 'FLW-E007',
        nodeId: 'triggers[2]',
        message: 'triggers[2]: schedule fires more often than every 300 s, alone or with those before it.',
        pointer: '/triggers/2/schedule',
      },
    ]);
  });
});

describe('a catch-up window', () => {
  const DAY_MS = 86_400_000;

  it.each([
    ['* * * * * *', 1000, 1_000_000],
    ['* * * * *', 1000, 60_000_000],
    ['0 9 * * *', 1000, DAY_MS],
    ['0,1 0 9 * * *', 1000, DAY_MS],
    ['* * 9 31 12 *', 100, 100_000],
    ['CRON_TZ=Europe/Berlin * * * * * *', 10, 10_000],
  ])('%s holds about %d fires at most', (text, maxFires, windowMs) => {
    expect(boundedCatchupMs(schedules(text), DAY_MS, maxFires)).toBe(windowMs);
  });

  it('is as asked for where few fires fall into it, and bounded by the busiest expression', () => {
    expect(boundedCatchupMs(schedules('* * * * * *'), 60_000, 1000)).toBe(60_000);
    expect(boundedCatchupMs(schedules('0 9 * * *', '* * * 31 12 *'), DAY_MS, 100)).toBe(100_000);
  });
});
