import type { Queryable } from '@flowplane/plumbing/postgres';
import { describe, expect, it } from 'vitest';
import { makeKnownRelations } from './postgres/known-relations.js';

/** A catalogue in which every table has one column, and reads as many others as its name says. */
const catalogue = {
  query: ({ values = [] }: { readonly values?: readonly string[] }) =>
    Promise.resolve({
      rows: [
        {
          ...{ name: 'id', type: 'int4', is_array: false, has_default: false, in_key: true, evades: false },
          ...{ unfenced: false, reached: '1,'.repeat(Number(values[1])), stamp: 'stamp' },
        },
      ],
    }),
} as unknown as Queryable;

describe('relations of a database that are remembered', () => {
  it('take so many bytes together, the one that was used last among them', async () => {
    const relations = makeKnownRelations({ shared: [], needsPolicies: true }, 20_000);
    const isKnown = (name: string): boolean => relations.checks('public', name).length > 0;
    const find = (name: string) => relations.find(catalogue, 'public', name, [{ rows: [{ stamp: 'stamp' }] }] as never);
    for (const name of ['1000', '1001', '1002']) await find(name);
    expect(['1000', '1001', '1002'].map(isKnown)).toEqual([true, true, true]);
    await find('1000');
    await find('3000');
    expect(['1000', '1001', '1002', '3000'].map(isKnown)).toEqual([true, false, false, true]);
    await find('900000');
    expect(['1000', '3000', '900000'].map(isKnown)).toEqual([false, false, false]);
    await find('1000');
    expect(isKnown('1000')).toBe(true);
  });
});
