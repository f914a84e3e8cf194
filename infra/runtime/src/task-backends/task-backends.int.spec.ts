import type { ConnectionKind } from '@flowplane/contracts';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { announceBackends, makeWorkspaceBackends, TASK_BACKEND_MIGRATIONS } from './index.js';

let database: TrialDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await startTrialDatabase(4);
  pool = database.pool;
  await migrate(pool, TASK_BACKEND_MIGRATIONS);
});
beforeEach(() => pool.query('TRUNCATE task_backends.workers'));
afterAll(() => database.end());

const W = { tenantId: 'T', workspaceId: 'W' };
const logger = { warn: () => undefined };
const noConnections = (): Promise<ReadonlyMap<string, ConnectionKind>> => Promise.resolve(new Map());
const known = async (connectionsOf = noConnections) => {
  const { defaults, connections } = await makeWorkspaceBackends({ statePool: pool, connectionsOf })(W);
  return { defaults: defaults && [...defaults], connections: connections && [...connections] };
};
const announce = async (workerId: string, kinds: Parameters<typeof announceBackends>[0]['kinds']): Promise<void> => {
  const announced = await announceBackends({ pool, workerId, kinds, logger });
  await announced.close();
};
const silentFor = (workerId: string, seconds: number) =>
  pool.query('UPDATE task_backends.workers SET seen_at = now() - make_interval(secs => $2) WHERE worker_id = $1', [
    workerId,
    seconds,
  ]);

it('nothing is known before a worker has run', async () => {
  expect(await known()).toEqual({ defaults: undefined, connections: [] });
});

it('what any of the workers that run has is there, in one order', async () => {
  await announce('a', ['smtp']);
  await announce('b', ['s3', 'postgres']);
  await announce('c', []);
  expect((await known()).defaults).toEqual(['postgres', 's3', 'smtp']);
});

it('a worker that ended does not count beside others, and counts as long as none has run since', async () => {
  await announce('ended', ['smtp']);
  await silentFor('ended', 3600);
  expect((await known()).defaults).toEqual(['smtp']);
  await announce('runs', ['s3']);
  expect((await known()).defaults).toEqual(['s3']);
});

it('a worker with no server at all is known to have none', async () => {
  await announce('a', []);
  expect((await known()).defaults).toEqual([]);
});

it('a row is updated by its worker, and goes a day after the worker', async () => {
  await announce('old', ['smtp']);
  await silentFor('old', 25 * 3600);
  await announce('a', ['s3']);
  await announce('a', ['llm']);
  const { rows } = await pool.query('SELECT worker_id, kinds FROM task_backends.workers');
  expect(rows).toEqual([{ worker_id: 'a', kinds: ['llm'] }]);
});

it('is not known while the stores do not answer', async () => {
  await pool.query('ALTER TABLE task_backends.workers RENAME TO gone');
  try {
    const failing = () => Promise.reject(new Error('not now'));
    expect(await known(failing)).toEqual({ defaults: undefined, connections: undefined });
  } finally {
    await pool.query('ALTER TABLE task_backends.gone RENAME TO workers');
  }
});
