import { expect, it } from 'vitest';
import { examples } from './examples.js';
import { check } from './language/check.js';

it('the flows of the cookbook are there, each with its title, and nothing is wrong with them', () => {
  const known = examples();
  expect(known.length).toBe(10);
  expect(known[1]).toMatchObject({ title: 'Ask a person above a limit' });
  expect(known[1]?.about).toMatch(/^Below the limit nobody is asked\..*the role finance may say yes/);
  for (const { title, yaml } of known) expect([title, check(yaml).findings]).toEqual([title, []]);
});
