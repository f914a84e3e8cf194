import type { JsonObject } from '@flowplane/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptOf, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { openDataDatabase, scopedTable, type DataDatabase } from '../../../test/tasks/data-database.js';
import { makeDbQuery } from './db-query.js';

const SCHEMA = `
  ${scopedTable('orders', 'id int PRIMARY KEY, note text')}
  ${scopedTable('"odd ""name"', '"a""; DROP TABLE orders; --" text')}
  CREATE TABLE secrets (id int PRIMARY KEY, secret text);
  INSERT INTO secrets VALUES (1, 'hidden');
  INSERT INTO orders SELECT 't1', 'w1', i, 'n' || i FROM generate_series(1, 5) AS i;`;

let database: DataDatabase;
beforeAll(async () => {
  database = await openDataDatabase(SCHEMA);
});
afterAll(() => database.close());

const query = (input: JsonObject): Promise<JsonObject> =>
  makeDbQuery(database.tables.query)({ engine: 'postgres', ...input }, attemptOf(signedTenant('t1', 'w1'))).then(
    ({ result }) => result as JsonObject,
  );
const orders = (operation: string, more: JsonObject): Promise<JsonObject> =>
  query({ operation, tableName: 'orders', ...more });
const failure = (input: JsonObject) => taskErrorOf(query({ tableName: 'orders', ...input }));

describe('nothing an author writes is ever SQL', () => {
  const attacks = [
    `orders"; DROP TABLE orders; --`,
    `orders; DROP TABLE orders`,
    `orders" UNION SELECT * FROM secrets --`,
    `id" = 1 OR "id`,
    `id) OR (1=1`,
    `id DESC; DELETE FROM orders`,
    `id\u0000`,
    `$1`,
    `(SELECT secret FROM secrets LIMIT 1)`,
    `__proto__`,
    'x'.repeat(5000),
  ];
  it.each(attacks)('%j', async (attack) => {
    const attempts: JsonObject[] = [
      { operation: 'list', tableName: attack },
      { operation: 'list', schemaName: attack },
      { operation: 'list', databaseName: attack },
      { operation: 'list', projection: [attack] },
      { operation: 'list', sort: [{ field: attack }] },
      { operation: 'list', filter: Object.fromEntries([[attack, 1]]) },
      { operation: 'list', filter: { id: Object.fromEntries([[attack, 1]]) } },
      { operation: 'insert', values: Object.fromEntries([[attack, 1]]) },
      { operation: 'list', filter: { id: attack } },
      { operation: 'list', sort: [{ field: 'id' }], page: { next: attack } },
    ];
    for (const input of attempts) {
      const { code } = await failure(input);
      expect(['SCHEMA_ERROR', 'VALIDATION_ERROR']).toContain(code);
    }
    // The catalogue's schema refuses such a direction; what were to pass it could only ever be one of two words.
    const sort = [{ field: 'id', direction: attack }];
    const { items } = await orders('list', { sort, projection: ['id'] });
    expect(items).toEqual([1, 2, 3, 4, 5].map((id) => ({ id })));
    const values = { id: 77, note: attack.replaceAll('\u0000', '') };
    await orders('insert', { values });
    expect(await orders('get', { filter: values, projection: ['id', 'note'] })).toEqual({ item: values });
    expect(await orders('delete', { filter: { note: { eq: values.note } } })).toEqual({ count: 1 });
    const { rows } = await database.admin.query(
      'SELECT id, note, (SELECT secret FROM secrets) FROM orders ORDER BY id',
    );
    expect(rows).toEqual([1, 2, 3, 4, 5].map((id) => ({ id, note: `n${id}`, secret: 'hidden' })));
  });

  it('odd names are names', async () => {
    const column = 'a"; DROP TABLE orders; --';
    const odd = { tableName: 'odd "name', projection: [column] };
    expect(await query({ operation: 'insert', ...odd, values: { [column]: 'v' } })).toEqual({
      item: { [column]: 'v' },
    });
    const listed = await query({
      operation: 'list',
      ...odd,
      filter: { [column]: { gte: 'a' } },
      sort: [{ field: column }],
    });
    expect(listed).toMatchObject({ items: [{ [column]: 'v' }] });
  });
});
