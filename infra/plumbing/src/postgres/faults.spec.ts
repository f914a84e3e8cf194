import pg from 'pg';
import { expect, it } from 'vitest';
import { isStoreFault, isUnavailable } from './faults.js';

const ofServer = (code: string): Error => Object.assign(new pg.DatabaseError('x', 1, 'error'), { code });

it.each([
  ['full', '53100'],
  ['out of memory', '53200'],
  ['out of connections', '53300'],
  ['read-only', '25006'],
  ['shut for us', '42501'],
  ['broken', '58030'],
  ['broken inside', 'XX000'],
  ['starting', '57P03'],
  ['not migrated yet', '42P01'],
  ['busy with another transaction', '40P01'],
  ['too slow', '57014'],
])('a store that is %s (%s) may take the same statement later', (_, code) => {
  expect(isStoreFault(ofServer(code))).toBe(true);
});

it.each(['22021', '22P02', '23505', '21000', '54000'])('data that the store refuses (%s) stay refused', (code) => {
  expect(isStoreFault(ofServer(code))).toBe(false);
});

it('what the server has not said is no fault of the store', () => {
  expect(isStoreFault(new TypeError('x'))).toBe(false);
  expect(isStoreFault(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBe(true);
});

it.each([
  ['full', '53100', true],
  ['out of memory', '53200', true],
  ['out of connections', '53300', true],
  ['failed by its disk', '58030', true],
  ['starting', '57P03', true],
  ['asked something wrong', '42601', false],
  ['given what cannot be stored', '23505', false],
])('a server that is %s (%s) is unavailable for now: %s', (_, code, unavailable) => {
  expect(isUnavailable(ofServer(code))).toBe(unavailable);
});
