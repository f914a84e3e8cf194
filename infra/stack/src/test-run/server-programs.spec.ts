import { expect, it } from 'vitest';
import { PROGRAM_OF_START } from '../test-servers/programs.js';
import { programsFor } from './server-programs.js';

it('builds what the chosen files start, and nothing for others', () => {
  const names = (filters: readonly string[]): readonly string[] => programsFor(filters).map(({ name }) => name);
  expect(names(['db-query/documents.int'])).toEqual(['ferretdb']);
  expect(names(['contracts/src/log'])).toEqual([]);
  expect(names([])).toEqual(expect.arrayContaining(['ferretdb']));
  expect(new Set(names([])).size).toBeLessThanOrEqual(Object.keys(PROGRAM_OF_START).length);
});
