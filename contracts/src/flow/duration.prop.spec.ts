import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, MAX_DURATION_MS, parseDuration } from './duration.js';

test('what is formatted parses back to the same milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_DURATION_MS }), (durationMs) => {
      expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
    }),
    { verbose: true },
  );
});

test('the sum of the parts is the duration, and the parser is total', () => {
  const part = fc.option(fc.nat({ max: 20 }), { nil: undefined });
  fc.assert(
    fc.property(fc.tuple(part, part, part, part, part, part, part), (parts) => {
      const [years, months, weeks, days, hours, minutes, seconds] = parts;
      const text = (value: number | undefined, unit: string) => (value === undefined ? '' : `${value}${unit}`);
      const time = text(hours, 'H') + text(minutes, 'M') + text(seconds, 'S');
      const date = text(years, 'Y') + text(months, 'M') + text(weeks, 'W') + text(days, 'D');
      const duration = `P${date}${time === '' ? '' : `T${time}`}`;
      const totalDays = (years ?? 0) * 365 + (months ?? 0) * 30 + (weeks ?? 0) * 7 + (days ?? 0);
      const totalMs = ((totalDays * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
      const legal = duration !== 'P' && totalMs <= MAX_DURATION_MS;
      expect(parseDuration(duration)).toBe(legal ? totalMs : undefined);
    }),
    { verbose: true },
  );
  fc.assert(fc.property(fc.string(), (text) => parseDuration(text) === undefined || text.startsWith('P')));
});
