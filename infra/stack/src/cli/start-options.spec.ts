import { expect, test } from 'vitest';
import { processesOf, SERVICES } from '../services/service-plan.js';
import { START_USAGE, startOptions } from './start-options.js';

test('services are separate processes unless --compact asks for one', () => {
  expect(startOptions([], {}).isCompact).toBe(false);
  expect(startOptions(['--compact'], {}).isCompact).toBe(true);
  expect(START_USAGE).toContain('--compact ');
});

test('in one process, all services are there but the gateway, which keeps answering while it is away', () => {
  expect(processesOf(false)).toEqual(SERVICES);
  expect(processesOf(true)).toEqual(['gateway', 'compact']);
});

test('an option that does not exist is refused with the list of those that do', () => {
  expect(() => startOptions(['--compakt'], {})).toThrow(START_USAGE);
});
