import type { Queryable, Statement } from '@flowplane/plumbing/postgres';
import { finalError } from '../../task-error.js';

/** How a value of a column is bound: by what the column holds. */
export type ColumnKind = 'json' | 'bytes' | 'plain';

export type Column = {
  /** Quoted as an identifier. */
  readonly sql: string;
  readonly name: string;
  /** Kind of the column, or of its elements where it is an array. */
  readonly kind: ColumnKind;
  readonly isArray: boolean;
  readonly hasDefault: boolean;
  readonly inPrimaryKey: boolean;
};

/** A table or view as the catalogue knows it: names in SQL come from here only. */
export type Relation = {
  readonly sql: string;
  readonly columns: ReadonlyMap<string, Column>;
};

type Row = {
  readonly name: string;
  readonly type: string;
  readonly is_array: boolean;
  readonly has_default: boolean;
  readonly in_key: boolean | null;
  readonly evades: boolean;
  readonly unfenced: boolean;
  /** Ids of the relation and of all that it reads, with commas between. */
  readonly reached: string;
  readonly stamp: string;
};

/**
 * A text that changes when anything that `COLUMNS` tells changes: which transactions wrote the rows of the catalogue that it
 * reads, and whether policies bind the role now.
 *
 * @param reached ids of the relation and of all that it reads, as a query
 */
const stampOf = (reached: string): string => `
  concat_ws('/', c.oid,
    (SELECT string_agg(concat_ws(':', r.oid, r.xmin, n.oid, n.xmin, row_security_active(r.oid)), ',' ORDER BY r.oid)
       FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
      WHERE r.oid IN (${reached})),
    (SELECT string_agg(concat_ws(':', w.oid, w.xmin), ',' ORDER BY w.oid)
       FROM pg_catalog.pg_rewrite w WHERE w.ev_class IN (${reached})),
    (SELECT string_agg(concat_ws(':', a.attnum, a.xmin), ',' ORDER BY a.attnum)
       FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
    (SELECT string_agg(concat_ws(':', i.indexrelid, i.xmin), ',' ORDER BY i.indexrelid)
       FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid))`;

/**
 * `reached`: the relation and, where it is a view, all that it reads, through views of views; nothing behind one that the
 * operator shares. Policies fence what the caller's own rights are asked for: a table by policies that bind the role, a
 * view by running with its caller's rights. Materialized views and foreign tables have no policies.
 */
const COLUMNS = `
  WITH RECURSIVE reached AS (
    SELECT c.oid, c.relkind, c.reloptions, n.nspname || '.' || c.relname = ANY ($3::text[]) AS shared
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2
    UNION
    SELECT c.oid, c.relkind, c.reloptions, n.nspname || '.' || c.relname = ANY ($3::text[])
      FROM reached
      JOIN pg_catalog.pg_rewrite r ON r.ev_class = reached.oid
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                                 AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> reached.oid
      JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE reached.relkind = 'v' AND NOT reached.shared
  )
  SELECT a.attname AS name,
         coalesce(element.typname, base.typname) AS type,
         element.oid IS NOT NULL AS is_array,
         a.atthasdef OR a.attidentity <> '' AS has_default,
         a.attnum = ANY (i.indkey::int2[]) AS in_key,
         c.relrowsecurity AND NOT row_security_active(c.oid) AS evades,
         EXISTS (SELECT FROM reached
                  WHERE NOT shared
                    AND CASE WHEN relkind IN ('r', 'p') THEN NOT row_security_active(reached.oid)
                             WHEN relkind = 'v' THEN NOT EXISTS (
                               SELECT FROM pg_catalog.pg_options_to_table(reloptions)
                                WHERE option_name = 'security_invoker' AND option_value::boolean)
                             ELSE true END) AS unfenced,
         (SELECT string_agg(reached.oid::text, ',') FROM reached) AS reached,
         ${stampOf('SELECT reached.oid FROM reached')} AS stamp
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    LEFT JOIN pg_catalog.pg_type element ON element.oid = base.typelem AND base.typcategory = 'A'
    LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
   WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   ORDER BY a.attnum`;

const UNFENCED =
  'No row policies fence what this table or view shows: they must be on for every table it reads, and views made WITH (security_invoker = true). What all tenants share is named in FLOWS_DATA_SHARED_TABLES.';

const SYSTEM_SCHEMA = /^(pg_.*|information_schema)$/;

/** A relation as it was looked up, and what tells whether it still is so. */
export type LookedUp = { readonly relation: Relation; readonly reached: string; readonly stamp: string };

export type LookUpOptions = {
  /** FLOWS_DATA_SHARED_TABLES: `schema.table` of what all tenants share. */
  readonly shared: readonly string[];
  /** Row policies must fence what the relation shows. */
  readonly needsPolicies: boolean;
};

/** @throws TaskError `FORBIDDEN` for the system's own schemas */
export function requireOpenSchema(schemaName: string): void {
  if (SYSTEM_SCHEMA.test(schemaName)) throw finalError('FORBIDDEN', '/schemaName is a schema of the system.');
}

/**
 * Looks a table or view up under the role of the query.
 *
 * @throws TaskError `SCHEMA_ERROR` when there is none, `FORBIDDEN` for what row policies would not fence
 */
export async function lookUpRelation(
  client: Queryable,
  schemaName: string,
  tableName: string,
  { shared, needsPolicies }: LookUpOptions,
): Promise<LookedUp> {
  const { rows } = await client.query<Row>({
    name: 'relation',
    text: COLUMNS,
    values: [schemaName, tableName, shared],
  });
  const [first] = rows;
  if (first === undefined) throw finalError('SCHEMA_ERROR', '/tableName: there is no such table in this schema.');
  if (needsPolicies && first.evades) {
    throw finalError('FORBIDDEN', 'The row policies of this table do not bind the service role.');
  }
  if (needsPolicies && first.unfenced) throw finalError('FORBIDDEN', UNFENCED);
  const { reached, stamp } = first;
  const relation = {
    sql: `${quoted(schemaName)}.${quoted(tableName)}`,
    columns: new Map(rows.map((row) => [row.name, columnOf(row)])),
  };
  return { relation, reached, stamp };
}

/** The statement that answers with one row, whose `stamp` is that of `known` where the relation is as it was. */
export const askForStamp = (schemaName: string, tableName: string, { reached }: LookedUp): Statement => ({
  name: 'relation-stamp',
  text: STAMP,
  values: [schemaName, tableName, `{${reached}}`],
});

const STAMP = `
  SELECT ${stampOf('SELECT unnest($3::oid[])')} AS stamp
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relname = $2`;

function columnOf({ name, type, is_array: isArray, has_default: hasDefault, in_key: inKey }: Row): Column {
  const kind = type === 'json' || type === 'jsonb' ? 'json' : type === 'bytea' ? 'bytes' : 'plain';
  return { sql: quoted(name), name, kind, isArray, hasDefault, inPrimaryKey: inKey === true };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** @throws TaskError `SCHEMA_ERROR` naming the pointer */
export function columnNamed({ columns }: Relation, name: string, pointer: string): Column {
  const column = columns.get(name);
  if (column === undefined) throw finalError('SCHEMA_ERROR', `${pointer}: the table has no such column.`);
  return column;
}

const SCOPE_COLUMNS = new Set(['tenant_id', 'workspace_id']);

/**
 * The column that `rowId` names: the primary key, apart from tenant and workspace where those are part of it, else `id`.
 *
 * @throws TaskError `SCHEMA_ERROR` when the table has neither
 */
export function rowIdColumn({ columns }: Relation): Column {
  const keys = [...columns.values()].filter(({ inPrimaryKey, name }) => inPrimaryKey && !SCOPE_COLUMNS.has(name));
  const column = keys.length === 1 ? keys[0] : columns.get('id');
  if (column === undefined)
    throw finalError('SCHEMA_ERROR', '/rowId: the table has no key of one column; use /filter.');
  return column;
}
