import pg from 'pg';
import type { PoolClient } from './pool.js';

/** A statement as data. With a `name` it is prepared once per connection. */
export type Statement = {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
};
export type Answer = pg.QueryResult<pg.QueryResultRow>;

/** What pg's client tells the query it is busy with; pg-cursor builds on the same. */
type PgQuery = pg.Query & {
  readonly name?: string;
  readonly text: string;
  submit(connection: pg.Connection): Error | null;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: PgConnection): void;
  handleEmptyQuery(connection: PgConnection): void;
  handleReadyForQuery(connection: PgConnection): void;
};
type PgConnection = pg.Connection & {
  readonly parsedStatements: Record<string, string>;
  readonly submittedNamedStatements: Record<string, string>;
};

/**
 * Runs statements one after the other in one round trip: they travel under one `Sync` of the protocol, so the server
 * skips the statements after one that fails. For use inside a transaction, or from its `BEGIN` to its `COMMIT`: behind
 * a `BEGIN` that failed nothing runs, and a `COMMIT` behind a statement that failed does not run either.
 *
 * @returns one answer per statement, in order
 * @throws what the first failing statement, or the connection, failed with
 */
export function runTogether(client: PoolClient, statements: readonly Statement[]): Promise<readonly Answer[]> {
  if (statements.length === 0) return Promise.resolve([]);
  return new Promise((resolve, reject) => {
    client.query(makeGroup(statements, resolve, reject));
  });
}

function makeGroup(
  statements: readonly Statement[],
  resolve: (answers: readonly Answer[]) => void,
  reject: (cause: Error) => void,
): pg.Submittable {
  const answers: Answer[] = [];
  let failure: Error | undefined;
  const queries = statements.map((statement) =>
    asQuery(statement, (cause, answer) => {
      if (cause) failure ??= cause;
      else answers.push(answer);
    }),
  );
  /** The query that the next message of the server is about. */
  let at = 0;
  const settle = (): void => (failure === undefined ? resolve(answers) : reject(failure));
  const group = {
    // The client notes by name and text which statement has been prepared.
    get name() {
      return queries[at]?.name;
    },
    get text() {
      return queries[at]?.text;
    },
    submit: (connection: pg.Connection) => {
      const unsynced = Object.create(connection, { sync: { value: noop } }) as pg.Connection;
      connection.stream.cork();
      try {
        for (const query of queries) {
          const refused = query.submit(unsynced);
          failure ??= refused ?? undefined; // values that cannot be sent are reported by the query's own callback
          if (failure !== undefined) break;
        }
      } finally {
        connection.sync();
        connection.stream.uncork();
      }
    },
    handleRowDescription: (message: unknown) => queries[at]?.handleRowDescription(message),
    handleDataRow: (message: unknown) => queries[at]?.handleDataRow(message),
    handleCommandComplete: (message: unknown, connection: PgConnection) =>
      queries[at++]?.handleCommandComplete(message, connection),
    handleEmptyQuery: (connection: PgConnection) => queries[at++]?.handleEmptyQuery(connection),
    handleReadyForQuery: (connection: PgConnection) => {
      for (const query of queries.slice(0, at)) query.handleReadyForQuery(connection);
      // A statement whose values could not be sent has been prepared and closed again.
      if (failure !== undefined) forget(connection.parsedStatements, queries[at]?.name);
      settle();
    },
    handleError: (cause: Error, connection: PgConnection) => {
      // What the server skipped it has not prepared either.
      for (const { name } of queries.slice(at)) forget(connection.submittedNamedStatements, name);
      failure ??= cause;
      settle();
    },
  };
  return group;
}

const noop = (): void => undefined;

function asQuery(
  { name, text, values }: Statement,
  onEnd: (cause: Error | null | undefined, answer: Answer) => void,
): PgQuery {
  // Without 'extended' a statement without values would go out as a separate message, with its own `Sync`.
  const config = { ...(name === undefined ? {} : { name }), text, values: [...(values ?? [])], queryMode: 'extended' };
  return new pg.Query(config, onEnd as never) as PgQuery;
}

function forget(statements: Record<string, string>, name: string | undefined): void {
  if (name !== undefined) Reflect.deleteProperty(statements, name);
}
