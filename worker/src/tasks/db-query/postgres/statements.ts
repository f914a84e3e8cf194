import type { Json, JsonObject } from '@flowplane/contracts';
import { setOwn } from '@flowplane/contracts/flow/json';
import { pointerTo } from '@flowplane/contracts/flow/pointer';
import { JSON_TYPES, type PoolClient, type TenantScope } from '@flowplane/plumbing/postgres';
import type { TableQuery } from '../table-query.js';
import { makeBinder, type Binder } from './binder.js';
import { conditionsOf, whereOf } from './conditions.js';
import { keyTexts, orderBy, orderOf, placeAfter, startAfter } from './page.js';
import { columnNamed, type Column, type Relation } from './relation.js';

type Target = { readonly query: TableQuery; readonly relation: Relation; readonly scope: TenantScope };
type Cells = readonly Json[];

/** Runs the one statement of a query. @returns `result` of tasks 3.1 @throws TaskError, or what the database throws */
export function runStatement(client: PoolClient, target: Target): Promise<JsonObject> {
  switch (target.query.operation) {
    case 'list':
      return list(client, target);
    case 'get':
      return get(client, target);
    case 'insert':
      return insert(client, target);
    case 'update':
      return update(client, target);
    case 'delete':
      return remove(client, target);
  }
}

async function list(client: PoolClient, { query, relation }: Target): Promise<JsonObject> {
  const binder = makeBinder();
  const columns = projected(query, relation);
  const order = orderOf(query, relation);
  const start = startAfter(query.after, order, binder);
  const where = whereOf([...conditionsOf(query, relation, binder), ...start.conditions]);
  const selected = [...columns.map(({ sql }) => sql), ...keyTexts(order)].join(', ');
  // One row more than the page tells whether there is another page.
  const bounds = ` LIMIT ${query.pageSize + 1} OFFSET ${start.offset}`;
  const { rows } = await run(
    client,
    `SELECT ${selected} FROM ${relation.sql} AS t${where}${orderBy(order)}${bounds}`,
    binder,
  );
  const page = rows.slice(0, query.pageSize);
  const lastKey = (page.at(-1) ?? []).slice(columns.length) as readonly (string | null)[];
  const next = rows.length > page.length ? placeAfter(order, lastKey, start.offset + page.length) : null;
  return { items: page.map((cells) => itemOf(columns, cells)), page: { size: query.pageSize, next } };
}

async function get(client: PoolClient, { query, relation }: Target): Promise<JsonObject> {
  const binder = makeBinder();
  const columns = projected(query, relation);
  const where = whereOf(conditionsOf(query, relation, binder));
  const order = orderBy(orderOf(query, relation));
  const { rows } = await run(
    client,
    `SELECT ${sqlOf(columns)} FROM ${relation.sql} AS t${where}${order} LIMIT 1`,
    binder,
  );
  return { item: rows[0] === undefined ? null : itemOf(columns, rows[0]) };
}

async function insert(client: PoolClient, { query, relation, scope }: Target): Promise<JsonObject> {
  const binder = makeBinder();
  const returned = projected(query, relation);
  const given = givenValues(query, relation, binder);
  const filled = [...given, ...scopeValues(query, relation, scope, binder)];
  const columns = filled.map(({ column }) => column.sql).join(', ');
  const values = filled.map(({ placeholder }) => placeholder).join(', ');
  const what = filled.length === 0 ? 'DEFAULT VALUES' : `(${columns}) VALUES (${values})`;
  const { rows } = await run(client, `INSERT INTO ${relation.sql} ${what} RETURNING ${sqlOf(returned)}`, binder);
  return { item: rows[0] === undefined ? null : itemOf(returned, rows[0]) };
}

async function update(client: PoolClient, { query, relation }: Target): Promise<JsonObject> {
  const binder = makeBinder();
  const given = givenValues(query, relation, binder);
  const assignments = given.map(({ column, placeholder }) => `${column.sql} = ${placeholder}`).join(', ');
  const where = whereOf(conditionsOf(query, relation, binder));
  const { count } = await run(client, `UPDATE ${relation.sql} SET ${assignments}${where}`, binder);
  return { count };
}

async function remove(client: PoolClient, { query, relation }: Target): Promise<JsonObject> {
  const binder = makeBinder();
  const where = whereOf(conditionsOf(query, relation, binder));
  const { count } = await run(client, `DELETE FROM ${relation.sql}${where}`, binder);
  return { count };
}

type Assigned = { readonly column: Column; readonly placeholder: string };

const givenValues = ({ values }: TableQuery, relation: Relation, binder: Binder): readonly Assigned[] =>
  Object.entries(values).map(([name, value]) => {
    const pointer = pointerTo('/values', name);
    const column = columnNamed(relation, name, pointer);
    return { column, placeholder: binder.bind(column, value, pointer) };
  });

/** A row's tenant and workspace, where the table has such columns and neither the author nor a default fills them. */
function scopeValues({ values }: TableQuery, { columns }: Relation, scope: TenantScope, binder: Binder) {
  const own = { tenant_id: scope.tenantId, workspace_id: scope.workspaceId };
  return Object.entries(own).flatMap(([name, value]): readonly Assigned[] => {
    const column = columns.get(name);
    if (column === undefined || column.hasDefault || Object.hasOwn(values, name)) return [];
    return [{ column, placeholder: binder.bind(column, value, pointerTo('/values', name)) }];
  });
}

const projected = ({ projection }: TableQuery, relation: Relation): readonly Column[] =>
  projection === undefined
    ? [...relation.columns.values()]
    : [...new Set(projection)].map((name, index) => columnNamed(relation, name, `/projection/${index}`));

const sqlOf = (columns: readonly Column[]): string => columns.map(({ sql }) => sql).join(', ');

async function run(client: PoolClient, text: string, { values }: Binder): Promise<{ rows: Cells[]; count: number }> {
  const { rows, rowCount } = await client.query({
    text,
    values: values as unknown[],
    rowMode: 'array',
    types: JSON_TYPES,
  });
  return { rows: rows as Cells[], count: rowCount ?? 0 };
}

function itemOf(columns: readonly Column[], cells: Cells): JsonObject {
  const item: JsonObject = {};
  for (const [index, { name }] of columns.entries()) setOwn(item, name, cells[index] ?? null);
  return item;
}
