import { queryAsTenant, type Pool, type Queryable, type TenantScope } from '@flowplane/plumbing/postgres';

type Values = {
  readonly text: string;
  readonly int4: number;
  /** As a text, since it may be more than a number holds. */
  readonly int8: string;
  readonly bool: boolean;
  readonly timestamptz: Date;
  readonly json: unknown;
  readonly _text: readonly string[];
};
type TypeName = keyof Values;
/** The server's name of a type, with a question mark where null may stand. */
export type ColumnType = TypeName | `${TypeName}?`;
type Columns = Readonly<Record<string, ColumnType>>;
type ValueOf<T extends ColumnType> = T extends TypeName
  ? Values[T]
  : T extends `${infer Name extends TypeName}?`
    ? Values[Name] | null
    : never;

/** A statement on the read models that others than projection-service send. */
export type PublicQuery<C extends Columns = Columns> = {
  /** Of the prepared statement: the same text for ever. */
  readonly name: string;
  /** Names tables with their schema. */
  readonly text: string;
  /** What it returns, in order. */
  readonly columns: C;
};
export type RowOf<C extends Columns> = { readonly [Name in keyof C]: ValueOf<C[Name]> };

export const publicQuery = <const C extends Columns>(query: PublicQuery<C>): PublicQuery<C> => query;

/** Rows whoever they belong to, as the owner of the connection. */
export async function rowsOf<C extends Columns>(
  db: Queryable,
  { name, text }: PublicQuery<C>,
  values: readonly unknown[] = [],
): Promise<readonly RowOf<C>[]> {
  if (values.some(hasNul)) return [];
  return (await db.query({ name, text, values: [...values] })).rows as RowOf<C>[];
}

/** Rows of a tenant's workspace under its row policies, in one round trip. */
export async function tenantRowsOf<C extends Columns>(
  pool: Pool,
  { tenantId, workspaceId }: TenantScope,
  { name, text }: PublicQuery<C>,
  values: readonly unknown[] = [],
): Promise<readonly RowOf<C>[]> {
  if (values.some(hasNul)) return [];
  return (await queryAsTenant(pool, { tenantId, workspaceId }, { name, text, values })).rows as unknown as RowOf<C>[];
}

/** The store takes no NUL, which a path may hold percent-encoded; so no row has one. */
const hasNul = (value: unknown): boolean => typeof value === 'string' && value.includes('\0');
