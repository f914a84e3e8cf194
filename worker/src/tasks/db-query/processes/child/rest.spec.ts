import { expect, it } from 'vitest';
import { makeRest } from './rest.js';

it('counts what is computed between an answer and the next call, and nothing else', () => {
  const used = { user: 900_000, system: 100_000 };
  const compute = (ms: number): void => void (used.user += ms * 1000);
  const rest = makeRest(2000, () => used);
  compute(5000);
  expect(rest.isBroken()).toBe(false);
  rest.begin();
  compute(2000);
  expect(rest.isBroken()).toBe(false);
  used.system += 1000;
  expect(rest.isBroken()).toBe(true);
  rest.end();
  compute(60_000);
  expect(rest.isBroken()).toBe(false);
  rest.begin();
  expect(rest.isBroken()).toBe(false);
});
