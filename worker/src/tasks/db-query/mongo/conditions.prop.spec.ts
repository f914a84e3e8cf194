import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hostileQuery } from '../../../../test/tasks/hostile-inputs.js';
import { TaskError } from '../../task-error.js';
import { filterOf } from './conditions.js';
import { readDocumentQuery, type DocumentOperation, type DocumentQuery } from './document-query.js';
import { startAfter } from './page.js';

const scope = { tenantId: 't1', workspaceId: 'w1' };

/** What may stand in a filter of ours; values of an author stand behind these, and hold no such names. */
const OURS = new Set([
  '$and',
  '$or',
  '$eq',
  '$ne',
  '$in',
  '$nin',
  '$lt',
  '$lte',
  '$gt',
  '$gte',
  '$regex',
  '$options',
  '$type',
]);

function namesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || '_bsontype' in value) return [];
  if (Array.isArray(value)) return value.flatMap(namesIn);
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]);
}

it('a filter begins with the scope, and its operators are ours, whatever an author writes', () => {
  let accepted = 0;
  const queryOf = (input: object): DocumentQuery | undefined => {
    try {
      const { operation } = input as { readonly operation: DocumentOperation };
      return readDocumentQuery(operation, { collectionName: 'docs', ...input });
    } catch (thrown) {
      if (thrown instanceof TaskError) return undefined;
      throw thrown;
    }
  };
  fc.assert(
    fc.property(hostileQuery(['note', 'id', '_id', 'secret', 'tenantId', 'workspaceId']), (input) => {
      const query = queryOf(input);
      if (query === undefined) return;
      let filter;
      let start;
      try {
        filter = filterOf(query, scope);
        start = startAfter(query);
      } catch (thrown) {
        if (thrown instanceof TaskError) return;
        throw thrown;
      }
      accepted += 1;
      expect(Object.keys(filter)).toEqual(['$and']);
      expect((filter['$and'] as unknown[]).slice(0, 2)).toEqual([
        { tenantId: { $eq: 't1' } },
        { workspaceId: { $eq: 'w1' } },
      ]);
      for (const name of [...namesIn(filter), ...namesIn(start.conditions)]) {
        if (name.startsWith('$')) expect(OURS).toContain(name);
        expect(name).not.toMatch(/\.|^__proto__$|^_bsontype$/);
      }
    }),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
