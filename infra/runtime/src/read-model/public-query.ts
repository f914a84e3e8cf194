import { queryAsTenant, type Pool, type Queryable, type TenantScope } from '@flowplane/plumbing/postgres';

/** What a value is here, by the server's name of its type. An int8 is an offset, a count or a time: a number holds it. */
type Values = {
  readonly text: string;
  readonly int4: number;
  readonly int8: number;
  readonly bool: boolean;
  readonly timestamptz: Date;
  readonly json: unknown;
};
type ValueOf<Type> = Type extends keyof Values
  ? Values[Type]
  : Type extends `${infer Name extends keyof Values}?`
    ? Values[Name] | null
    : never;
type ColumnOf<Columns> = Columns extends `${infer First}, ${infer Rest}` ? First | ColumnOf<Rest> : Columns;
/** A row, by the columns that its query declares. */
export type RowOf<Columns> = {
  readonly [Column in ColumnOf<Columns> as Column extends `${infer Name} ${string}` ? Name : never]: ValueOf<
    Column extends `${string} ${infer Type}` ? Type : never
  >;
};

/** A statement on the read models that others than projection-service send. */
export type PublicQuery<Columns extends string = string> = {
  /** Of the prepared statement: the same text for ever. */
  readonly name: string;
  /** Names tables with their schema. */
  readonly text: string;
  /** What it returns, in order: `name type, …`, with a question mark where null may stand. */
  readonly columns: Columns;
};

export const publicQuery = <const Columns extends string>(query: PublicQuery<Columns>): PublicQuery<Columns> => query;

/** Rows of all tenants, as the owner of the connection. */
export async function rowsOf<Columns extends string>(
  db: Queryable,
  { name, text, columns }: PublicQuery<Columns>,
  values: readonly unknown[] = [],
): Promise<readonly RowOf<Columns>[]> {
  if (values.some(hasNul)) return [];
  return withNumbers(columns, (await db.query({ name, text, values: [...values] })).rows);
}

/** Rows of a tenant's workspace under its row policies, in one round trip. */
export async function tenantRowsOf<Columns extends string>(
  pool: Pool,
  { tenantId, workspaceId }: TenantScope,
  { name, text, columns }: PublicQuery<Columns>,
  values: readonly unknown[] = [],
): Promise<readonly RowOf<Columns>[]> {
  if (values.some(hasNul)) return [];
  return withNumbers(columns, (await queryAsTenant(pool, { tenantId, workspaceId }, { name, text, values })).rows);
}

/** The store takes no NUL, which a path may hold percent-encoded; so no row has one. */
const hasNul = (value: unknown): boolean => typeof value === 'string' && value.includes('\0');

/** The driver gives an int8 as text. */
function withNumbers<Columns extends string>(columns: Columns, rows: Record<string, unknown>[]) {
  for (const [, name = ''] of columns.matchAll(/(\w+) int8/g)) {
    for (const row of rows) row[name] = row[name] === null ? null : Number(row[name]);
  }
  return rows as unknown as readonly RowOf<Columns>[];
}
