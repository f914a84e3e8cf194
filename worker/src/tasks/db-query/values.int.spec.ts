import type { JsonObject } from '@flowplane/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptOf, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { openDataDatabase, scopedTable, type DataDatabase } from '../../../test/tasks/data-database.js';
import { makeDbQuery } from './db-query.js';

/** Every column: its type, what is written (JSON), what is read (JSON, as written where absent). */
const COLUMNS: readonly (readonly [
  name: string,
  type: string,
  written: JsonObject[string],
  read?: JsonObject[string],
])[] = [
  ['small', 'smallint', -5],
  ['whole', 'integer', 2_147_483_647],
  ['big', 'bigint', 9_007_199_254_740_992],
  ['bigger', 'bigint', '9007199254740993'],
  ['price', 'numeric(12,2)', '12.50', 12.5],
  ['zero', 'numeric', 0],
  ['tiny', 'numeric', '0.000001', 0.000001],
  ['long', 'numeric', '12345678901234567890.123456789'],
  ['not_a_number', 'numeric', 'NaN'],
  ['real', 'real', 0.5],
  ['double', 'double precision', 0.1],
  ['infinite', 'double precision', 'Infinity'],
  ['flag', 'boolean', true],
  ['text', 'text', 'grün \u{1F600} "quoted" \\ \n'],
  ['fixed', 'char(5)', 'ab', 'ab   '],
  ['id', 'uuid', '0b0f9c1e-3d2a-4c7b-9a77-0d3f1c2b4a5e'],
  ['at', 'timestamptz', '2026-11-21T12:00:00.25+02:00', '2026-11-21T10:00:00.25Z'],
  ['at_whole', 'timestamptz', '2026-11-21T10:00:00Z'],
  ['never', 'timestamptz', 'infinity'],
  ['local', 'timestamp', '2026-03-29T02:30:00'],
  ['day', 'date', '2026-02-28'],
  ['time', 'time', '23:59:59.5'],
  ['span', 'interval', 'P1DT2H', 'P1DT2H'],
  ['doc', 'jsonb', { a: [1, { b: null }], t: 'x' }],
  ['doc_list', 'jsonb', [1, 'two', null]],
  ['doc_text', 'jsonb', 'just text'],
  ['raw', 'json', { b: 1, a: 2 }],
  ['doc_large', 'jsonb', { id: '12345678901234567890' }],
  ['bytes', 'bytea', 'AP+A'],
  ['no_bytes', 'bytea', ''],
  ['texts', 'text[]', ['a', null, 'b,"c"', '', 'NULL', '{}']],
  [
    'grid',
    'int[]',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ['none', 'int[]', []],
  ['blobs', 'bytea[]', ['AP+A', null]],
  ['docs', 'jsonb[]', [{ a: 1 }, 'x', [1]]],
  ['moods', 'mood', 'ok'],
  ['address', 'inet', '10.0.0.1'],
  ['pair', 'int4range', '[1,3)'],
  ['short', 'shorttext', 'abc'],
  ['absent', 'jsonb', null],
  ['__proto__', 'text', 'a name like others'],
];

let database: DataDatabase;
beforeAll(async () => {
  const columns = COLUMNS.map(([name, type]) => `"${name}" ${type}`).join(', ');
  database = await openDataDatabase(`
    CREATE TYPE mood AS ENUM ('ok', 'bad');
    CREATE DOMAIN shorttext AS text CHECK (length(VALUE) < 5);
    ${scopedTable('everything', columns)}
    ${scopedTable('large', 'id int PRIMARY KEY, body text')}
    INSERT INTO large SELECT 't', 'w', i, repeat('x', 1000000) FROM generate_series(1, 200) AS i;`);
});
afterAll(() => database.close());

const run = (input: JsonObject): Promise<JsonObject> =>
  makeDbQuery(database.tables.query)({ engine: 'postgres', ...input }, attemptOf(signedTenant('t', 'w')));

describe('values of every type', () => {
  it('are written from JSON and read as JSON', async () => {
    const values = Object.fromEntries(COLUMNS.map(([name, , written]) => [name, written]));
    const expected = Object.fromEntries(COLUMNS.map(([name, , written, read = written]) => [name, read]));
    const { result } = await run({ operation: 'insert', tableName: 'everything', values });
    const { tenant_id: tenantId, workspace_id: workspaceId, ...item } = (result as { item: JsonObject }).item;
    expect([tenantId, workspaceId]).toEqual(['t', 'w']);
    expect(JSON.parse(JSON.stringify(item))).toEqual(expected);
    expect(Object.hasOwn(item, '__proto__')).toBe(true);
  });

  it('can be asked for by what was read', async () => {
    const { result } = await run({ operation: 'list', tableName: 'everything' });
    const [item = {}] = (result as { items: JsonObject[] }).items;
    for (const name of [
      'big',
      'bigger',
      'price',
      'long',
      'at',
      'local',
      'bytes',
      'doc_list',
      'doc_text',
      'texts',
      'span',
      'moods',
    ]) {
      const filter = { [name]: { eq: item[name] ?? null } };
      const found = await run({ operation: 'list', tableName: 'everything', filter, projection: ['id'] });
      expect((found['result'] as { items: unknown[] }).items, name).toHaveLength(1);
    }
  });

  it.each([
    ['bytes', 'not base64!'],
    ['bytes', 5],
    ['texts', 'no list'],
    ['text', { a: 1 }],
    ['moods', 'unknown'],
    ['short', 'too long'],
    ['id', 'no uuid'],
    ['text', 'a\u0000b'],
  ])('that do not fit %s are refused', async (name, value) => {
    const error = await taskErrorOf(run({ operation: 'insert', tableName: 'everything', values: { [name]: value } }));
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
  });
});

it('an answer of 200 MB is not read to its end', async () => {
  const before = process.memoryUsage.rss();
  const error = await taskErrorOf(run({ operation: 'list', tableName: 'large', page: { size: 1000 } }));
  expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retryable: false });
  expect(process.memoryUsage.rss() - before).toBeLessThan(60e6);
  const { result } = await run({ operation: 'list', tableName: 'large', projection: ['id'], page: { size: 1000 } });
  expect((result as { items: unknown[] }).items).toHaveLength(200);
});
