import type { PoolClient } from '@flowplane/plumbing/postgres';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hostileQuery } from '../../../../test/tasks/hostile-inputs.js';
import { TaskError } from '../../task-error.js';
import { readTableQuery, TABLE_OPERATIONS, type TableOperation } from '../table-query.js';
import type { Column, Relation } from './relation.js';
import { runStatement } from './statements.js';

const column = (name: string, over: Partial<Column> = {}): Column => ({
  ...{ sql: `"${name}"`, name, kind: 'plain', isArray: false, hasDefault: false, inPrimaryKey: false },
  ...over,
});
const COLUMNS = [
  ...[column('tenant_id', { inPrimaryKey: true }), column('workspace_id', { inPrimaryKey: true })],
  ...[column('id', { inPrimaryKey: true }), column('note'), column('secret', { kind: 'json' })],
];
const relation: Relation = { sql: '"public"."docs"', columns: new Map(COLUMNS.map((one) => [one.name, one])) };
const scope = { tenantId: 't1', workspaceId: 'w1' };

/** Takes statements, and has no rows. */
function recorder() {
  const texts: string[] = [];
  const query = (statement: { readonly text: string }) => {
    texts.push(statement.text);
    return Promise.resolve({ rows: [], rowCount: 0 });
  };
  return { client: { query } as unknown as PoolClient, texts };
}

/** Words of SQL as this code writes it, placeholders, the relation and its columns; whole numbers bound a page. */
const WORDS =
  /"(?:public|docs|tenant_id|workspace_id|id|note|secret)"|\$\d+|\b\d+\b|::text|\b(?:SELECT|FROM|AS|t|WHERE|AND|OR|NOT|IS|NULL|IN|LIKE|DISTINCT|FALSE|ORDER|BY|ASC|DESC|LIMIT|OFFSET|INSERT|INTO|VALUES|DEFAULT|RETURNING|UPDATE|SET|DELETE)\b|<=|>=|[=<>(),.\s]/g;

it('the text of a statement holds nothing of an input, whatever an author writes', async () => {
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(hostileQuery(COLUMNS.map(({ name }) => name)), async (input) => {
      if (!(TABLE_OPERATIONS as readonly unknown[]).includes(input['operation'])) return;
      const { client, texts } = recorder();
      try {
        const query = readTableQuery(input['operation'] as TableOperation, { tableName: 'docs', ...input });
        await runStatement(client, { query, relation, scope });
      } catch (thrown) {
        if (!(thrown instanceof TaskError)) throw thrown;
      }
      asked += texts.length;
      for (const text of texts) expect(text.replaceAll(WORDS, '')).toBe('');
    }),
    { numRuns: 2000 },
  );
  expect(asked).toBeGreaterThan(100);
});
