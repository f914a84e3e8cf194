import { fileURLToPath } from 'node:url';
import { migrate } from '@flowplane/plumbing/postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { makeScheduleRefusals } from './schedule-refusals.js';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store?.close());

it('are none before an executor has run, and then what it has noted', async () => {
  const refusals = makeScheduleRefusals(store.pool);
  expect(await refusals(['T:W:F'])).toEqual(new Map());
  const directory = fileURLToPath(new URL('../../../worker/migrations', import.meta.url));
  await migrate(store.pool, { schema: 'executor', directory });
  expect(await refusals(['T:W:F'])).toEqual(new Map());
  const row = `'W', 'F', 1, '{"0 9 * * *"}', 'skip', 60000, false, 1`;
  await store.pool.query(
    `INSERT INTO executor.schedules (schedule_id, tenant_id, workspace_id, flow_id, version, crons, overlap,
                                     catchup_window_ms, paused, log_offset, refusal)
     VALUES ('T:W:F', 'T', ${row}, 'too many calendars'), ('T:W:G', 'T', ${row}, NULL), ('U:W:F', 'U', ${row}, 'theirs')`,
  );
  expect(await refusals(['T:W:F', 'T:W:G'])).toEqual(new Map([['T:W:F', 'too many calendars']]));
  expect(await refusals([])).toEqual(new Map());
});
