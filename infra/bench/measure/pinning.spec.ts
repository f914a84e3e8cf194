import { expect, it } from 'vitest';
import { coresIn } from './pinning.js';

it.each([
  ['0-1', [0, 1]],
  ['3', [3]],
  ['0,4-6', [0, 4, 5, 6]],
])('reads the cores %s', (list, cores) => {
  expect(coresIn(`Name:\tnode\nCpus_allowed_list:\t${list}\nMems_allowed_list:\t0\n`)).toEqual(cores);
});

it('finds none where nothing says so', () => {
  expect(coresIn('')).toEqual([]);
});
