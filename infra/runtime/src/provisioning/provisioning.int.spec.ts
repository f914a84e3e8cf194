import { setTimeout as sleep } from 'node:timers/promises';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answerLookups,
  followNews,
  followSettings,
  makeClusterLookups,
  makeSettingsStore,
  PROVISIONING_MIGRATIONS,
  type AnswerLookupsOptions,
  type DriftRequest,
  type NewsReader,
  type SettingTexts,
} from './index.js';

let database: TrialDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await startTrialDatabase(24);
  pool = database.pool;
  await migrate(pool, PROVISIONING_MIGRATIONS);
});
const closers: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  await pool.query('TRUNCATE provisioning.settings, provisioning.lookups');
  return async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
});
afterAll(() => database.end());

const FAR_AWAY = { timeout: 60_000, interval: 50 };
const logger = { warn: () => undefined } as never;
const follow = (...readers: readonly NewsReader[]): void => {
  const news = followNews(database.url, readers);
  closers.push(() => news.close());
};
/** Readers know what they missed once they are connected. */
const listening = async (many: number): Promise<void> => {
  await vi.waitFor(async () => {
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'listen %' AND state = 'idle'`,
    );
    expect(rows[0]?.n).toBe(many);
  }, FAR_AWAY);
};

describe('settings', () => {
  const SET = { persistent: {}, transient: {}, changedBy: 'op' };
  const withBase = (texts: SettingTexts): SettingTexts => ({ a: 'env', b: 'env', c: 'env', ...texts });
  const followed = async () => {
    const settings = await followSettings(makeSettingsStore(pool), withBase);
    closers.push(settings.close);
    return settings;
  };

  it('count transient before persistent before environment, and null sets them back', async () => {
    const store = makeSettingsStore(pool);
    const kept = await store.change({ ...SET, persistent: { a: '1', b: '1' }, transient: { a: '2' } });
    expect(kept).toEqual({ persistent: { a: '1', b: '1' }, transient: { a: '2' } });
    expect((await followed()).settings()).toEqual({ a: '2', b: '1', c: 'env' });
    await store.change({ ...SET, persistent: { b: null }, transient: { a: null } });
    expect((await followed()).settings()).toEqual({ a: '1', b: 'env', c: 'env' });
    expect(await store.read()).toEqual({ persistent: { a: '1' }, transient: {} });
  });

  it('reach every process that follows them, also those whose connection was cut meanwhile', async () => {
    const [one, other] = [await followed(), await followed()];
    follow(one);
    follow(other);
    await listening(2);
    const store = makeSettingsStore(pool);
    await store.change({ ...SET, persistent: { a: '1' } });
    await vi.waitFor(() => expect([one, other].map(({ settings }) => settings()['a'])).toEqual(['1', '1']), FAR_AWAY);
    await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND application_name LIKE 'listen %'`);
    await store.change({ ...SET, transient: { a: '2' } });
    await vi.waitFor(() => expect([one, other].map(({ settings }) => settings()['a'])).toEqual(['2', '2']), FAR_AWAY);
  });

  it('are the last ones known while they cannot be read', async () => {
    let isAway = false;
    const store = makeSettingsStore(pool);
    const settings = await followSettings(
      { read: () => (isAway ? Promise.reject(new Error('away')) : store.read()) },
      withBase,
    );
    closers.push(settings.close);
    follow(settings);
    await listening(1);
    isAway = true;
    await store.change({ ...SET, persistent: { a: '1' } });
    expect(settings.settings()['a']).toBe('env');
    isAway = false;
    await vi.waitFor(() => expect(settings.settings()['a']).toBe('1'), FAR_AWAY);
  });

  it('are answered as they are kept after each of several changes at once', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `n${index}`);
    const answers = await Promise.all(
      names.map((name) => makeSettingsStore(pool).change({ ...SET, persistent: { [name]: '1' } })),
    );
    const sizes = answers.map(({ persistent }) => Object.keys(persistent).length).toSorted((a, b) => a - b);
    expect(sizes).toEqual(names.map((_, index) => index + 1));
  });
});

describe('lookups on the provisioned cluster', () => {
  const resource = (id: string) => ({
    resource: { workflow_step_name: 'noop', workflow_step_id: 'n', resource_type: 'index_name', resource_id: id },
    inputs: {},
  });
  const drift = (...ids: readonly string[]): DriftRequest => ({ resources: ids.map(resource) });
  const asker = (waits?: Parameters<typeof makeClusterLookups>[1]) => {
    const lookups = makeClusterLookups(pool, waits);
    follow(lookups);
    return lookups;
  };
  const worker = (look: AnswerLookupsOptions['look']) => {
    const answering = answerLookups({ pool, look, logger });
    closers.push(answering.close);
    follow(answering);
  };
  const rows = async (): Promise<number> => (await pool.query('SELECT 1 FROM provisioning.lookups')).rowCount ?? -1;
  const LONG = { pluginsMs: 60_000, driftMs: 60_000 };

  it('asks once for the plugins, for all who want to know', async () => {
    let looks = 0;
    worker(() => {
      looks++;
      return Promise.resolve({ answer: { configured: true, plugins: ['opensearch-ml'] }, keptMs: 600_000 });
    });
    const askers = [asker(LONG), asker(LONG)];
    const answers = await Promise.all(askers.flatMap((one) => [one.installedPlugins(), one.installedPlugins()]));
    for (const answer of answers) expect(answer).toEqual({ configured: true, plugins: new Set(['opensearch-ml']) });
    expect(looks).toBe(1);
  });

  it('does not use an answer of before a worker was started', async () => {
    const [one] = [asker(LONG)];
    await pool.query(
      `INSERT INTO provisioning.lookups (lookup_id, tenant_id, kind, request, answer, expires_at)
       VALUES ('plugins', '', 'plugins', '{}', '{"configured":false}', now() + interval '1 hour')`,
    );
    expect(await one?.installedPlugins()).toEqual({ configured: false });
    worker(() => Promise.resolve({ answer: { configured: true, plugins: [] }, keptMs: 600_000 }));
    await vi.waitFor(
      async () => expect(await one?.installedPlugins()).toEqual({ configured: true, plugins: new Set() }),
      FAR_AWAY,
    );
  });

  it('answers unknown where no worker looks, and leaves nothing behind', async () => {
    const lookups = asker({ pluginsMs: 300, driftMs: 300 });
    expect(await lookups.installedPlugins()).toBe('unknown');
    expect(await lookups.drift('t', drift('a', 'b'))).toEqual(['unknown', 'unknown']);
    expect(await rows()).toBe(1);
  });

  it('gives each who asks for a drift the answer to that request, and removes it', async () => {
    worker(async ({ request }) => {
      const { resources } = request as unknown as DriftRequest;
      await sleep(20);
      const states = resources.map((one) => (one.resource.resource_id === 'x' ? 'missing' : 'present'));
      return { answer: { states }, keptMs: 60_000 };
    });
    const lookups = asker(LONG);
    const answers = await Promise.all([
      lookups.drift('t', drift('x')),
      lookups.drift('u', drift('a', 'x')),
      lookups.drift('t', drift('a')),
    ]);
    expect(answers).toEqual([['missing'], ['present', 'missing'], ['present']]);
    expect(await rows()).toBe(0);
  });

  it('is taken over where a worker that has taken it never answers', async () => {
    const lookups = asker(LONG);
    const answer = lookups.drift('t', drift('a'));
    await vi.waitFor(async () => expect(await rows()).toBe(1), FAR_AWAY);
    await pool.query(`UPDATE provisioning.lookups SET taken_until = now() + interval '200 ms'`);
    worker(() => Promise.resolve({ answer: { states: ['changed'] }, keptMs: 60_000 }));
    expect(await answer).toEqual(['changed']);
  });

  it('looks again where a look has failed', async () => {
    let looks = 0;
    worker(() => {
      looks++;
      if (looks === 1) return Promise.reject(new Error('no'));
      return Promise.resolve({ answer: { states: ['present'] }, keptMs: 60_000 });
    });
    expect(await asker(LONG).drift('t', drift('a'))).toEqual(['present']);
    expect(looks).toBe(2);
  });

  it('refuses what is too much for a tenant, and serves others', async () => {
    const lookups = asker(LONG);
    const gone = new AbortController();
    const waiting = Array.from({ length: 5 }, () => lookups.drift('t', drift('a'), gone.signal));
    await vi.waitFor(async () => expect(await rows()).toBe(5), FAR_AWAY);
    await expect(lookups.drift('t', drift('a'))).rejects.toMatchObject({ problem: { code: 'OVERLOADED' } });
    const other = lookups.drift('u', drift('a'), gone.signal);
    await vi.waitFor(async () => expect(await rows()).toBe(6), FAR_AWAY);
    gone.abort();
    expect(await Promise.all([...waiting, other])).toEqual(Array.from({ length: 6 }, () => ['unknown']));
    expect(await rows()).toBe(0);
  });

  it('takes the one of a tenant that has fewest in hand', async () => {
    const order: string[] = [];
    const lookups = asker(LONG);
    const answers: Promise<unknown>[] = [];
    for (const tenant of ['t', 't', 't', 't', 't', 'u']) {
      answers.push(lookups.drift(tenant, drift('a')));
      await vi.waitFor(async () => expect(await rows()).toBe(answers.length), FAR_AWAY);
    }
    worker(async ({ tenantId }) => {
      order.push(tenantId);
      await vi.waitFor(() => expect(order.length).toBeGreaterThanOrEqual(4), FAR_AWAY);
      return { answer: { states: ['present'] }, keptMs: 60_000 };
    });
    await Promise.all(answers);
    expect(order.slice(0, 2)).toEqual(['t', 'u']);
    expect(order).toHaveLength(6);
  });
});
