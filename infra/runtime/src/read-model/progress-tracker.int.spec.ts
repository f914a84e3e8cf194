import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import { makeProgressTracker, type Progress } from './progress-tracker.js';

let database: TrialDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await startTrialDatabase(4);
  pool = database.pool;
});

afterAll(() => database.end());

describe('progress tracker', () => {
  const saved = new Map<string, Progress>();
  const load = () => Promise.resolve([...saved.values()]);
  const progress = async (name: string, partition: number, offset: number): Promise<void> => {
    saved.set(`${name}/${partition}`, { name, partition, offset });
    await pool.query("SELECT pg_notify('test_progress', $1)", [`${name}:${partition}:${offset}`]);
  };
  const soon = () => Date.now() + 10_000;

  it('wakes a waiter when the last of its names has passed the offset', async () => {
    const tracker = makeProgressTracker({ url: database.url, channel: 'test_progress', load });
    const wait = tracker.waitFor(['one', 'two'], 3, 10, soon());
    await progress('one', 3, 12);
    await progress('two', 3, 9);
    await progress('two', 4, 99);
    expect(await tracker.waitFor(['two'], 4, 99, soon())).toBe(true);
    expect(await Promise.race([wait, Promise.resolve('waiting')])).toBe('waiting');
    await progress('two', 3, 10);
    expect(await wait).toBe(true);
    expect(tracker.current('one', 3)).toBe(12);
    await tracker.close();
  });

  it('gives up at the deadline and on abort', async () => {
    const tracker = makeProgressTracker({ url: database.url, channel: 'test_progress', load });
    expect(await tracker.waitFor(['one'], 0, 1, Date.now() + 50)).toBe(false);
    const abort = new AbortController();
    const wait = tracker.waitFor(['one'], 0, 1, soon(), abort.signal);
    abort.abort();
    expect(await wait).toBe(false);
    await tracker.close();
  });

  it('reads what it missed while its connection was away, backwards steps included', async () => {
    const tracker = makeProgressTracker({ url: database.url, channel: 'test_progress', load });
    await progress('three', 1, 50);
    expect(await tracker.waitFor(['three'], 1, 50, soon())).toBe(true);
    saved.set('three/1', { name: 'three', partition: 1, offset: 20 });
    saved.set('four/1', { name: 'four', partition: 1, offset: 5 });
    await pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listen test_progress'",
    );
    expect(await tracker.waitFor(['four'], 1, 5, soon())).toBe(true);
    expect(tracker.current('three', 1)).toBe(20);
    await tracker.close();
  });
});
