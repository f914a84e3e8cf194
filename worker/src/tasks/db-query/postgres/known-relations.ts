import type { Answer, Queryable, Statement } from '@flowplane/plumbing/postgres';
import { askForStamp, lookUpRelation, type LookedUp, type LookUpOptions, type Relation } from './relation.js';

/** Relations of one database that are remembered. */
const MAX_RELATIONS = 500;
/** Bytes that they take together, about: one view may read thousands of tables, one table may have 1600 columns. */
const MAX_RELATIONS_BYTES = 16_777_216;

export type KnownRelations = {
  /** Statements that say whether the relation still is as it is remembered; to be asked in the query's transaction. */
  readonly checks: (schemaName: string, tableName: string) => readonly Statement[];
  /**
   * The relation, as it is in the transaction whose answers to `checks` these are; looked up where it is not known or has
   * changed.
   *
   * @throws as `lookUpRelation` does
   */
  readonly find: (
    client: Queryable,
    schemaName: string,
    tableName: string,
    answers: readonly Answer[],
  ) => Promise<Relation>;
};

/**
 * Remembers what the catalogue says of tables and views, so that a query does not look it up again. What is remembered is
 * never used unchecked: a table whose row policies were switched off a moment ago is refused (ADR 62).
 */
export function makeKnownRelations(options: LookUpOptions, maxBytes = MAX_RELATIONS_BYTES): KnownRelations {
  /** The one that was used last is at the end. */
  const known = new Map<string, LookedUp>();
  let bytes = 0;
  const keyOf = (schemaName: string, tableName: string): string => JSON.stringify([schemaName, tableName]);
  const forget = (key: string): void => {
    const one = known.get(key);
    if (one !== undefined) bytes -= bytesOf(key, one);
    known.delete(key);
  };
  const remember = (key: string, found: LookedUp): void => {
    forget(key);
    known.set(key, found);
    bytes += bytesOf(key, found);
    while (known.size > MAX_RELATIONS || bytes > maxBytes) forget(known.keys().next().value ?? '');
  };
  return {
    checks: (schemaName, tableName) => {
      const remembered = known.get(keyOf(schemaName, tableName));
      return remembered === undefined ? [] : [askForStamp(schemaName, tableName, remembered)];
    },
    find: async (client, schemaName, tableName, answers) => {
      const key = keyOf(schemaName, tableName);
      const stamp = (answers[0]?.rows[0] as { readonly stamp?: string } | undefined)?.stamp;
      const remembered = known.get(key);
      if (remembered !== undefined && remembered.stamp === stamp) {
        remember(key, remembered);
        return remembered.relation;
      }
      forget(key);
      const found = await lookUpRelation(client, schemaName, tableName, options);
      remember(key, found);
      return found.relation;
    },
  };
}

/** Of a column beside its name. */
const COLUMN_BYTES = 200;

/** About what is kept for one relation. Names count twice for each time they are kept. */
function bytesOf(key: string, { stamp, reached, relation }: LookedUp): number {
  const names = [...relation.columns.values()].reduce((sum, { name }) => sum + 6 * name.length + COLUMN_BYTES, 0);
  return 2 * (key.length + stamp.length + reached.length) + names;
}
