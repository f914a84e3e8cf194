import { encodeCommand, partitionOf } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { MEMORY, T0, TENANT } from '../../test/decider-specification.js';
import { create } from '../../test/story.js';
import { decideRecord } from './decide-record.js';
import { emptyFold } from './fold.js';
import { makeLogClock } from './log-clock.js';

const DAY_MS = 24 * 60 * 60_000;
const PARTITIONS = 6;

function clockAt(time: { ms: number }) {
  const seen = { ahead: 0, alerts: [] as object[] };
  const clock = makeLogClock({
    now: () => time.ms,
    onAhead: () => (seen.ahead += 1),
    logger: { error: (line: object) => void seen.alerts.push(line) } as never,
  });
  return { clock, seen };
}

it.each([
  ['of the past', -DAY_MS, -DAY_MS],
  ['of now', 0, 0],
  ['a little ahead', 5 * 60_000, 5 * 60_000],
  ['far ahead', 5 * 60_000 + 1, 0],
  ['a day ahead', DAY_MS, 0],
])('a record %s counts as it should', (_case, ahead, counted) => {
  const { clock, seen } = clockAt({ ms: T0 });
  expect(clock({ timestamp: T0 + ahead, partition: 0, offset: 1 })).toBe(T0 + counted);
  expect(seen.ahead).toBe(ahead === counted ? 0 : 1);
});

it('one alert a minute covers all records, and every record is counted', () => {
  const time = { ms: T0 };
  const { clock, seen } = clockAt(time);
  for (let n = 0; n < 3; n++) clock({ timestamp: T0 + DAY_MS, partition: 2, offset: n });
  time.ms += 60_000;
  clock({ timestamp: T0 + DAY_MS, partition: 2, offset: 9 });
  expect(seen.ahead).toBe(4);
  expect(seen.alerts).toMatchObject([
    { alert: 'clock-ahead', partition: 2, offset: 0, aheadMs: DAY_MS },
    { alert: 'clock-ahead', partition: 2, offset: 9 },
  ]);
});

it('what is decided at a record from the future does not carry the tenant’s time there', () => {
  const fold = emptyFold();
  const { clock } = clockAt({ ms: T0 });
  const ports = { quotas: () => null, memory: MEMORY, partitions: PARTITIONS, clock };
  const value = encodeCommand(create('f1'));
  const partition = partitionOf(TENANT, PARTITIONS);
  const record = { partition, offset: 7, timestamp: T0 + DAY_MS, key: Buffer.from(TENANT), value, headers: {} };
  expect(decideRecord(fold, record, ports)).toMatchObject({ events: [{ meta: { occurredAt: T0 } }] });
  expect(fold.tenants.get(TENANT)?.lastTime).toBe(T0);
});
