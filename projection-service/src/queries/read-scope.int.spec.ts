import type { Call } from '@flowplane/runtime/api';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { LIVE_SCHEMA } from '@flowplane/runtime/read-model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { readAs } from './read-scope.js';

let store: TestStore;
let pool: Pool;
beforeAll(async () => {
  store = await openTestStore();
  pool = makePool(store.url, { max: 1, applicationName: 'projection-spec', schema: LIVE_SCHEMA });
});
afterAll(async () => {
  await pool?.end();
  await store?.close();
});

it('refuses a read that takes too long, says what to do, and reads on with the same connection', async () => {
  const scope = { pool, progress: store.progress, partitions: 1, commandWaitMs: 1, readTimeoutMs: 100 };
  const call = { tenantId: 't', workspaceId: 'w', identity: { dbRole: 'flows_app' }, headers: {} } as unknown as Call;
  const slow = readAs(scope, call, (client) => client.query('SELECT pg_sleep(60)'));
  await expect(slow).rejects.toMatchObject({
    problem: { code: 'OVERLOADED', message: expect.stringContaining('Narrow it') as string, retryAfterSeconds: 10 },
  });
  const { rows } = await readAs(scope, call, (client) => client.query('SELECT 1 AS one'));
  expect(rows).toEqual([{ one: 1 }]);
});
