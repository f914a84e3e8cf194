import { inOneTrip } from '@flowplane/plumbing/postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { foldControl } from '../domain/control-batch.js';
import { controlWrites } from '../store/write-control.js';
import {
  executionClosed,
  executionRequested,
  flowCreated,
  makeEvents,
  versionPublished,
} from '../../test/sample-events.js';
import { NOTHING_KNOWN } from '../../test/fold-events.js';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { removeExpired } from './remove-expired.js';

const DAY_MS = 86_400_000;
const now = Date.now();
const retention = { commandRetentionMs: DAY_MS, runRetentionMs: 7 * DAY_MS };

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

it('removes what is past its retention and nothing else', async () => {
  const events = makeEvents({ tenantId: 'T', workspaceId: 'W' });
  const daysAgo = (days: number) => ({ occurredAt: now - days * DAY_MS, submittedAt: now - days * DAY_MS });
  const batch = [
    flowCreated(events, 'deleted', daysAgo(9)),
    versionPublished(events, 'deleted', 1),
    executionRequested(events, 'deleted', 'T:W:deleted:old', daysAgo(9)),
    executionClosed(events, 'deleted', 'T:W:deleted:old', { closedAt: now - 8 * DAY_MS }),
    events.next('FlowDeleted', 'DeleteFlow', { flowId: 'deleted', revision: 2 }, daysAgo(8)),
    flowCreated(events, 'kept', daysAgo(2)),
    versionPublished(events, 'kept', 1),
    executionRequested(events, 'kept', 'T:W:kept:open', daysAgo(30)),
    executionRequested(events, 'kept', 'T:W:kept:recent', { ...daysAgo(0), commandId: 'recent' }),
    executionClosed(events, 'kept', 'T:W:kept:recent', { closedAt: now - DAY_MS }),
  ].map((message, offset) => ({ partition: 0, offset, message }));
  await inOneTrip(store.pool, controlWrites(foldControl(batch, NOTHING_KNOWN)));
  await store.pool.query(
    `INSERT INTO frames (execution_id, log_offset, tenant_id, workspace_id, type, data, time_ms)
     SELECT 'T:W:kept:open', n, 'T', 'W', 'log-line', '{}', $1 - n * 86400000::bigint FROM generate_series(0, 9) AS n`,
    [now],
  );
  expect(await removeExpired(store.pool, retention, now)).toMatchObject({ executions: 1, frames: 2, flowVersions: 1 });
  const { rows: runs } = await store.pool.query('SELECT execution_id FROM executions ORDER BY 1');
  expect(runs).toEqual([{ execution_id: 'T:W:kept:open' }, { execution_id: 'T:W:kept:recent' }]);
  const { rows: commands } = await store.pool.query('SELECT command_id FROM commands');
  expect(commands).toEqual([{ command_id: 'recent' }]);
  const { rows: versions } = await store.pool.query('SELECT flow_id FROM flow_versions');
  expect(versions).toEqual([{ flow_id: 'kept' }]);
  expect(await removeExpired(store.pool, retention, now)).toMatchObject({ commands: 0, executions: 0, frames: 0 });
});
