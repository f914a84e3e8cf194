import { FlowplaneError } from '@flowplane/contracts/client';
import { expect, it } from 'vitest';
import { IntentKeys, isRefused } from './intent-key.js';

it('has one key for one intent, and another one once that is done or something else is wanted', () => {
  const keys = new IntentKeys();
  const first = keys.keyOf('publish 3');
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(keys.keyOf('publish 3')).toBe(first);
  const second = keys.keyOf('publish 4');
  expect(second).not.toBe(first);
  keys.forget();
  expect(keys.keyOf('publish 4')).not.toBe(second);
});

it('takes a command for refused only where the API says so', () => {
  const answered = (status: number) => new FlowplaneError('publishFlow', { status, headers: new Headers() }, '{}');
  expect([answered(412), answered(503), new TypeError('Failed to fetch')].map(isRefused)).toEqual([true, false, false]);
});
