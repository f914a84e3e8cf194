import { describe, expect, it } from 'vitest';
import { termSince } from './service-log.js';

const line = (time: string, partition: number, more: object = {}): string =>
  JSON.stringify({ level: 30, time, partition, recoveryMs: 200, claimMs: 50, ...more, msg: 'deciding' });
const log = [
  '{"level":30,"msg":"ready"}',
  line('2026-11-21T05:00:00.000Z', 3),
  line('2026-11-21T05:00:10.000Z', 4),
  line('2026-11-21T05:00:11.000Z', 3, { snapshotBase: 7 }),
  'no JSON at all',
].join('\n');

describe('termSince', () => {
  it('finds the first of the partition from then on', () => {
    const decidingAtMs = Date.parse('2026-11-21T05:00:11.000Z');
    expect(termSince(log, 3, Date.parse('2026-11-21T05:00:05.000Z'))).toEqual({
      assignedAtMs: decidingAtMs - 250,
      decidingAtMs,
      hadSnapshot: true,
    });
  });
  it('knows one without a snapshot', () => {
    expect(termSince(log, 4, 0).hadSnapshot).toBe(false);
  });
  it('says when there is none', () => {
    expect(() => termSince(log, 5, 0)).toThrow('partition 5');
  });
});
