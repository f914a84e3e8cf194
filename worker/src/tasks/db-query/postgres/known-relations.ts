import type { Answer, Queryable, Statement } from '@flowplane/plumbing/postgres';
import { askForStamp, lookUpRelation, type LookedUp, type LookUpOptions, type Relation } from './relation.js';

/** Relations of one database that are remembered. */
const MAX_RELATIONS = 500;

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
export function makeKnownRelations(options: LookUpOptions): KnownRelations {
  /** The one that was used last is at the end. */
  const known = new Map<string, LookedUp>();
  const keyOf = (schemaName: string, tableName: string): string => JSON.stringify([schemaName, tableName]);
  const remember = (key: string, found: LookedUp): void => {
    known.delete(key);
    known.set(key, found);
    if (known.size > MAX_RELATIONS) known.delete(known.keys().next().value ?? '');
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
      known.delete(key);
      const found = await lookUpRelation(client, schemaName, tableName, options);
      remember(key, found);
      return found.relation;
    },
  };
}
