import { expect, it } from 'vitest';
import { parseSwitches } from './context-switches.js';

it('adds both kinds of switches of a thread', () => {
  const status = 'Name:\tnode\nThreads:\t11\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t7\n';
  expect(parseSwitches(status)).toBe(157);
});

it('has none of a thread that has ended', () => {
  expect(parseSwitches('')).toBe(0);
});
