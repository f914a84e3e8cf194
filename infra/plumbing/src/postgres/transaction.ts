import type { Pool, PoolClient } from './pool.js';
import { runTogether, type Answer, type Statement } from './run-together.js';

const BEGIN: Statement = { name: 'begin', text: 'BEGIN' };
const COMMIT: Statement = { name: 'commit', text: 'COMMIT' };

/** Runs `work` with a connection; what throws is rolled back, and a connection that cannot even do that is not used again. */
export async function withConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that dies between two statements reports it as an event, which nobody else listens to here.
  const onError = (cause: Error): void => {
    broken = cause;
  };
  client.on('error', onError);
  try {
    return await work(client);
  } catch (cause) {
    await client.query('ROLLBACK').catch((rollbackCause: unknown) => {
      broken = rollbackCause instanceof Error ? rollbackCause : new Error(String(rollbackCause));
    });
    throw cause;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** A `COMMIT` of a transaction in which a statement has failed answers without an error, and rolls back. */
function assertCommitted(answer: Answer | undefined): void {
  if (answer?.command !== 'COMMIT') throw new Error('the transaction was not committed: a statement in it had failed');
}

/**
 * Runs `work` in one transaction: commits when it resolves, rolls back when it throws.
 *
 * @param opening statements that travel with the `BEGIN`; `work` gets their answers
 * @throws what `work` or the database throws, and when a statement had failed although `work` resolves
 */
export function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient, answers: readonly Answer[]) => Promise<T>,
  opening: readonly Statement[] = [],
): Promise<T> {
  return withConnection(pool, async (client) => {
    const [, ...answers] = await runTogether(client, [BEGIN, ...opening]);
    const result = await work(client, answers);
    assertCommitted((await runTogether(client, [COMMIT]))[0]);
    return result;
  });
}

/** One transaction in one round trip. @throws what the first failing statement did; then nothing of it is done */
export function inOneTrip(pool: Pool, statements: readonly Statement[]): Promise<void> {
  return withConnection(pool, async (client) => {
    assertCommitted((await runTogether(client, [BEGIN, ...statements, COMMIT])).at(-1));
  });
}

/**
 * One transaction in two round trips: `BEGIN` travels with `first`, `COMMIT` with what `rest` makes of its answers.
 *
 * @throws what `rest` or the database throws; then nothing of it is done
 */
export function inTwoTrips(
  pool: Pool,
  first: readonly Statement[],
  rest: (answers: readonly Answer[]) => readonly Statement[] | Promise<readonly Statement[]>,
): Promise<void> {
  return withConnection(pool, async (client) => {
    const [, ...answers] = await runTogether(client, [BEGIN, ...first]);
    const last = await rest(answers);
    assertCommitted((await runTogether(client, [...last, COMMIT])).at(-1));
  });
}

export type TenantScope = { readonly tenantId: string; readonly workspaceId: string };
export type TenantRole = 'flows_app' | 'flows_service' | 'flows_anon';
/** The tenant is set, and the role is that of the connection. */
export type OwnRole = 'own';

/**
 * Runs `work` in a read transaction fenced by the row policies of `role`: it sees only rows of this tenant and
 * workspace, with any SQL.
 *
 * @param opening statements that travel with the `BEGIN`, fenced as the others; `work` gets their answers
 */
export function withTenant<T>(
  pool: Pool,
  scope: TenantScope,
  work: (client: PoolClient, answers: readonly Answer[]) => Promise<T>,
  role: TenantRole | OwnRole = 'flows_app',
  opening: readonly Statement[] = [],
): Promise<T> {
  const statements = [scopeTo(scope, role), ...opening];
  return inTransaction(pool, (client, [, ...answers]) => work(client, answers), statements);
}

/** One statement as by `withTenant`, in one round trip. */
export function queryAsTenant(
  pool: Pool,
  scope: TenantScope,
  statement: Statement,
  role: TenantRole = 'flows_app',
): Promise<Answer> {
  return withConnection(pool, async (client) => {
    const answers = await runTogether(client, [BEGIN, scopeTo(scope, role), statement, COMMIT]);
    return answers[2] as Answer;
  });
}

const scopeTo = ({ tenantId, workspaceId }: TenantScope, role: TenantRole | OwnRole): Statement => ({
  name: `tenant-scope-${role}`,
  text: `SELECT ${role === 'own' ? '' : `set_config('role', '${role}', true), `}set_config('app.tenant_id', $1, true), set_config('app.workspace_id', $2, true)`,
  values: [tenantId, workspaceId],
});
