import { expect, it } from 'vitest';
import { cronParts } from './cron-zone.js';

it('takes the zone from the beginning of the schedule, else UTC', () => {
  expect(cronParts('CRON_TZ=Europe/Berlin 0 6 * * *')).toEqual({ times: '0 6 * * *', zone: 'Europe/Berlin' });
  expect(cronParts('*/5 * * * *')).toEqual({ times: '*/5 * * * *', zone: 'UTC' });
});
