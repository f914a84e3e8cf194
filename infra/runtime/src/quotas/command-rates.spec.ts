import { problemBody } from '@flowplane/contracts';
import type { Refusal } from '@flowplane/plumbing/http';
import { expect, it } from 'vitest';
import { makeCommandRates } from './command-rates.js';

const STANDARD = { command_rate: { limit: 50, grace: 0 }, command_bytes: { limit: 5_000_000, grace: 0 } };

function open(configured: Parameters<typeof makeCommandRates>[0] = () => STANDARD) {
  let now = 1000;
  const rates = makeCommandRates(configured, () => now);
  const refusalOf = (work: () => void) => {
    try {
      work();
    } catch (refused) {
      const { code, dimension, retryAfterSeconds } = (refused as Refusal).problem;
      return { code, dimension, retryAfterSeconds };
    }
    return undefined;
  };
  const admitted = (tenantId: string, asked: number): number =>
    Array.from({ length: asked }, () => refusalOf(() => rates.admit(tenantId))).filter((one) => one === undefined)
      .length;
  return { rates, refusalOf, admitted, pass: (ms: number) => (now += ms) };
}

it('a tenant may send a burst, then a steady rate; others are not touched', () => {
  const { rates, refusalOf, admitted, pass } = open();
  expect(admitted('T', 1500)).toBe(1000);
  expect(refusalOf(() => rates.admit('T'))).toEqual({
    ...{ code: 'QUOTA_EXCEEDED', dimension: 'command_rate', retryAfterSeconds: 1 },
  });
  expect(admitted('other', 10)).toBe(10);
  pass(2000);
  expect(admitted('T', 1500)).toBe(100);
});

it('the refusal says what may be sent at once, and how much of it is used', () => {
  const { rates, admitted } = open();
  admitted('T', 1000);
  const refused = (work: () => void): unknown => {
    try {
      work();
    } catch (refusal) {
      return problemBody((refusal as Refusal).problem);
    }
    return undefined;
  };
  expect(refused(() => rates.admit('T'))).toMatchObject({
    ...{ dimension: 'command_rate', scope: 'tenant', limit: 1000, usage: 1000, retryAfter: 1 },
  });
  rates.charge('T', 70_000_000, 1);
  expect(refused(() => rates.charge('T', 1, 1))).toMatchObject({
    ...{ dimension: 'command_bytes', limit: 60_000_000, usage: 70_000_000, retryAfter: 3 },
  });
});

it('bytes are counted as well, and those of a later attempt are owed', () => {
  const { rates, refusalOf, pass } = open();
  for (let command = 0; command < 6; command++) rates.charge('T', 10_000_000, 1);
  expect(refusalOf(() => rates.charge('T', 10_000_000, 1))).toMatchObject({
    dimension: 'command_bytes',
    retryAfterSeconds: 2,
  });
  rates.charge('T', 10_000_000, 2);
  expect(refusalOf(() => rates.charge('T', 1000, 1))).toMatchObject({ retryAfterSeconds: 3 });
  pass(2001);
  expect(refusalOf(() => rates.charge('T', 1000, 1))).toBeUndefined();
});

it('a command larger than the burst is let through once nothing is owed', () => {
  const { rates, refusalOf } = open(() => ({ ...STANDARD, command_bytes: { limit: 100, grace: 0 } }));
  rates.charge('T', 5000, 1);
  expect(refusalOf(() => rates.charge('T', 1, 1))).toMatchObject({ dimension: 'command_bytes' });
});

it('what an operator sets counts at once, and no longer when it is taken back', () => {
  const { rates, refusalOf, admitted } = open();
  rates.set('T', [
    { dimension: 'max_flows', limit: 1, grace: 0 },
    { dimension: 'command_rate', limit: 1, grace: 5 },
  ]);
  expect(admitted('T', 100)).toBe(25);
  rates.set('T', [{ dimension: 'command_rate', limit: 0, grace: 0 }]);
  expect(refusalOf(() => rates.admit('T'))).toMatchObject({ dimension: 'command_rate', retryAfterSeconds: 3600 });
  rates.set('T', [{ dimension: 'command_rate', limit: -1, grace: 0 }]);
  expect(admitted('T', 5000)).toBe(5000);
  rates.set('T', []);
  expect(admitted('T', 5000)).toBe(1000);
});

it('without a built-in gate nothing is counted', () => {
  expect(open(() => null).admitted('T', 5000)).toBe(5000);
});
