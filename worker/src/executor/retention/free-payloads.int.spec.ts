import { CONTENT_MIGRATIONS, makeContentStore } from '@flowplane/runtime/content-store';
import { makeLogger } from '@flowplane/plumbing/logging';
import { migrate } from '@flowplane/plumbing/postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTrial, type Trial } from '../../../test/executor/trial.js';
import { startPayloadRetention } from './free-payloads.js';

const DAY_MS = 86_400_000;

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
  await migrate(trial.statePool, CONTENT_MIGRATIONS);
});
beforeEach(async () => {
  await trial.statePool.query('TRUNCATE content.payloads CASCADE');
  await trial.readPool.query('TRUNCATE flows.executions CASCADE');
});
afterAll(() => trial.end());

/** Stores a payload that was used last so many days ago. */
async function usedDaysAgo(days: number): Promise<string> {
  const hash = await makeContentStore(trial.statePool).put(`used ${days} days ago`);
  const at = new Date(Date.now() - days * DAY_MS);
  await trial.statePool.query('UPDATE content.payloads SET last_used_at = $2 WHERE hash = $1', [hash, at]);
  return hash;
}

async function requestedDaysAgo(executionId: string, days: number): Promise<void> {
  await trial.project(executionId, 'F', 'Running', false);
  const at = new Date(Date.now() - days * DAY_MS);
  await trial.readPool.query('UPDATE flows.executions SET created_at = $2 WHERE execution_id = $1', [executionId, at]);
}

/** What is left after one pass with a retention of seven days. */
async function leftOf(hashes: readonly string[], isCaughtUp = true): Promise<readonly string[]> {
  const store = makeContentStore(trial.statePool);
  const retention = startPayloadRetention({
    ...{ store, readPool: trial.readPool, retentionMs: 7 * DAY_MS, intervalMs: DAY_MS, now: Date.now },
    isCaughtUp: () => Promise.resolve(isCaughtUp),
    logger: makeLogger({ service: 'test', level: 'silent' }),
  });
  await retention.pass();
  await retention.close();
  const left = await store.getMany(hashes);
  return hashes.filter((hash) => left.has(hash));
}

it('frees what no run has used for the retention, and keeps the rest', async () => {
  const [old, recent] = [await usedDaysAgo(8), await usedDaysAgo(6)];
  expect(await leftOf([old, recent])).toEqual([recent]);
});

it('keeps what a run that is still open may have used, however long ago it began', async () => {
  await requestedDaysAgo('T:W:F:long', 30);
  const [older, duringIt] = [await usedDaysAgo(31), await usedDaysAgo(29)];
  expect(await leftOf([older, duringIt])).toEqual([duringIt]);
});

it('frees nothing while the read model may not know every run', async () => {
  const old = await usedDaysAgo(30);
  expect(await leftOf([old], false)).toEqual([old]);
});
