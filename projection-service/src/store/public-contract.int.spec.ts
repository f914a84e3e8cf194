import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import {
  PUBLIC_FUNCTIONS,
  PUBLIC_QUERIES,
  PUBLIC_TABLES,
  publicQuery,
  type PublicQuery,
} from '@flowplane/runtime/read-model';
import { openTestStore, type TestStore } from '../../test/test-store.js';

// What others read of the read models (ADR 49), tried on tables as the migrations make them.

let store: TestStore;
/** Unqualified names mean no table of ours. */
let pool: Pool;

beforeAll(async () => {
  store = await openTestStore();
  pool = makePool(store.url, { max: 1, applicationName: 'public-contract' });
  await pool.query('CREATE SCHEMA tried');
});
afterAll(async () => {
  await pool.end();
  await store.close();
});

/** Columns that a query returns here, with their types. */
async function returnedBy({ text }: PublicQuery): Promise<readonly string[]> {
  const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])));
  const { fields } = await pool.query(text, Array<null>(parameters).fill(null));
  const ids = fields.map(({ dataTypeID }) => dataTypeID);
  const types = await pool.query<{ oid: number; typname: string }>(
    'SELECT oid::int, typname FROM pg_type WHERE oid = ANY ($1)',
    [ids],
  );
  const names = new Map(types.rows.map(({ oid, typname }) => [oid, typname]));
  return fields.map(({ name, dataTypeID }) => `${name} ${names.get(dataTypeID)}`);
}

/** Columns with their types, and functions, that a query uses: the server knows it of the body of a function. */
async function usedBy({ name, text }: PublicQuery): Promise<readonly string[]> {
  await pool.query(`PREPARE "${name}" AS ${text}`);
  const prepared = await pool.query<{ types: string }>(
    `SELECT array_to_string(parameter_types, ', ') AS types FROM pg_prepared_statements WHERE name = $1`,
    [name],
  );
  const types = prepared.rows[0]?.types ?? '';
  await pool.query(
    `CREATE FUNCTION tried."${name}"(${types}) RETURNS SETOF record LANGUAGE sql BEGIN ATOMIC ${text}; END`,
  );
  const { rows } = await pool.query<{ what: string }>(
    `WITH used AS (
       SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
        WHERE d.classid = 'pg_proc'::regclass AND p.pronamespace = 'tried'::regnamespace AND p.proname = $1)
     SELECT c.relname || '.' || a.attname || ' ' || t.typname AS what
       FROM used JOIN pg_class c ON refclassid = 'pg_class'::regclass AND c.oid = refobjid
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = refobjsubid AND a.attnum > 0
       JOIN pg_type t ON t.oid = a.atttypid
      UNION
     SELECT replace(p.oid::regprocedure::text, 'flows.', '')
       FROM used JOIN pg_proc p ON refclassid = 'pg_proc'::regclass AND p.oid = refobjid
      WHERE p.pronamespace = 'flows'::regnamespace`,
    [name],
  );
  return rows.map(({ what }) => what);
}

const CONTRACT: readonly string[] = [
  ...Object.entries(PUBLIC_TABLES).flatMap(([table, columns]) =>
    columns.split(/,\s+/).map((column) => `${table}.${column}`),
  ),
  ...PUBLIC_FUNCTIONS,
];

test('prepared statements have names of their own', () => {
  expect(PUBLIC_QUERIES.length).toBeGreaterThan(20);
  expect(new Set(PUBLIC_QUERIES.map(({ name }) => name)).size).toBe(PUBLIC_QUERIES.length);
});

test.each(PUBLIC_QUERIES.map((query) => [query.name, query] as const))(
  '%s returns what it declares',
  async (_, query) => {
    expect((await returnedBy(query)).join(', ')).toBe(query.columns.replaceAll('?', ''));
  },
);

test('a query that uses more, or returns something else, is noticed', async () => {
  const planted = publicQuery({
    name: 'planted',
    text: 'SELECT created_by FROM flows.flows WHERE name = $1',
    columns: 'created_by int4',
  });
  expect(await returnedBy(planted)).toEqual(['created_by text']);
  const outside = (await usedBy(planted)).filter((one) => !CONTRACT.includes(one));
  expect(outside.toSorted()).toEqual(['flows.created_by text', 'flows.name text']);
});
