import { afterAll, beforeAll, expect, it } from 'vitest';
import { makePool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import { until } from '@flowplane/plumbing/test/kafka';
import { shareProgress } from './shared-progress.js';

let database: TrialDatabase;

beforeAll(async () => {
  database = await startTrialDatabase(4);
  // What of the read models' schema a follower of their progress reads.
  await database.pool.query(`
    CREATE SCHEMA flows;
    CREATE TABLE flows.projection_progress (projection text, partition int, next_offset bigint, command_offset bigint)`);
});

afterAll(() => database.end());

const soon = (): number => Date.now() + 10_000;
const connections = async (name: string): Promise<number> => {
  const { rows } = await database.pool.query<{ count: string }>(
    'SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
    [name],
  );
  return Number(rows[0]?.count);
};

it('services of one process follow the read models over one connection, until the last of them closes', async () => {
  const openProgress = shareProgress();
  // The pool of a service that closes before the others.
  const pool = makePool(database.url, { max: 1, applicationName: 'first' });
  const [one, other] = [openProgress(pool, database.url), openProgress(pool, database.url)];
  await until('both', () => one.connected() && other.connected());
  expect(await connections('listen flows_progress')).toBe(1);

  const waits = [one.waitFor(['control'], 0, 5, soon()), other.waitFor(['control'], 0, 5, soon())];
  await pool.end();
  const closing = one.close();
  expect(await waits[0]).toBe(false);
  await Promise.all([closing, one.close()]); // twice is once
  expect(await one.waitFor(['control'], 0, 5, soon())).toBe(false);
  await database.pool.query("SELECT pg_notify('flows_progress', 'control:0:5')");
  expect(await waits[1]).toBe(true);

  // It reads again without the pool of the service that has closed.
  await database.pool.query("INSERT INTO flows.projection_progress VALUES ('control', 0, 9, 3)");
  await database.pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listen flows_progress'",
  );
  expect(await other.waitFor(['control', 'control.commands'], 0, 4, soon())).toBe(true);
  await until('the place as the table has it', () => other.current('control', 0) === 9);

  await other.close();
  await until('no connection', async () => (await connections('listen flows_progress')) === 0);
  expect(await connections('progress')).toBe(0);
});

it('what one service has committed the others know without its notification', async () => {
  const openProgress = shareProgress();
  const [writer, reader] = [openProgress(database.pool, database.url), openProgress(database.pool, database.url)];
  await until('both', () => writer.connected() && reader.connected());
  const wait = reader.waitFor(['runs'], 1, 7, soon());
  writer.hear({ name: 'runs', partition: 1, offset: 7 });
  expect(await wait).toBe(true);
  const abort = new AbortController();
  const given = reader.waitFor(['runs'], 1, 8, soon(), abort.signal);
  abort.abort();
  expect(await given).toBe(false);
  await Promise.all([writer.close(), reader.close()]);
});
