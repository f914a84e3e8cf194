import { expect, it } from 'vitest';
import { levelOf, shareOf } from './quota-meanings.js';

it('says how near a limit is', () => {
  expect([levelOf(7, 10), levelOf(8, 10), levelOf(10, 10), levelOf(0, 0)]).toEqual([
    ...['free', 'near', 'reached', 'reached'],
  ]);
  expect([shareOf(1, 3), shareOf(999, 1000), shareOf(10, 10), shareOf(11, 10)]).toEqual([
    ...['33 %', '99 %', '100 %, the limit is reached', 'over the limit'],
  ]);
});
