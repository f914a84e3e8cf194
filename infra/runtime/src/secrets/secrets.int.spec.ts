import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  DataKeyUnreadable,
  makeKeyChanges,
  makeSecretStore,
  MasterKeyMissing,
  openMasterKeys,
  parseMasterKeys,
  SECRET_MIGRATIONS,
  secretIdsOf,
  SecretMissing,
  SecretsTooLarge,
  SecretTaken,
  SecretUnreadable,
  sweepSecrets,
  type MasterKeys,
} from './index.js';

const KEYS = { old: randomBytes(32).toString('base64'), new: randomBytes(32).toString('base64') };
const ring = (...ids: readonly (keyof typeof KEYS)[]): MasterKeys =>
  openMasterKeys(
    {
      masterKeys: ids.length === 0 ? undefined : parseMasterKeys(ids.map((id) => `${id}:${KEYS[id]}`).join()),
      ...{ masterKeysFile: undefined, nodeEnv: 'production' },
    },
    { warn: () => undefined } as never,
  );
const PASSWORD = 'swordfish-4711-grüße';

let database: TrialDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await startTrialDatabase(24);
  pool = database.pool;
  await migrate(pool, SECRET_MIGRATIONS);
});
beforeEach(async () => {
  await pool.query('TRUNCATE secrets.data_keys CASCADE');
});
afterAll(() => database.end());

const count = async (table: 'data_keys' | 'sealed', where = 'true'): Promise<number> =>
  (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM secrets.${table} WHERE ${where}`)).rows[0]?.n ?? -1;
const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(() => undefined).catch((cause: unknown) => cause);
const put = (tenantId: string, values: readonly string[], commandId: string = randomUUID()) =>
  makeSecretStore(pool, ring('old')).put({ tenantId, commandId, values });
/** Many secrets of one tenant, under its first key. */
const putMany = (tenantId: string, many: number) =>
  put(
    tenantId,
    Array.from({ length: many }, (_, index) => `${PASSWORD} ${index}`),
  );

describe('the store of secrets', () => {
  it('gives back what was put, under ids of the command, and knows what it has', async () => {
    const store = makeSecretStore(pool, ring('old'));
    const ids = await store.put({ tenantId: 'T', commandId: 'c', values: [PASSWORD, '', '\0'] });
    expect(ids).toEqual(secretIdsOf('c', 3));
    expect(await store.get('T', [...ids].reverse())).toEqual(
      new Map([
        ['c.0', PASSWORD],
        ['c.1', ''],
        ['c.2', '\0'],
      ]),
    );
    expect(await store.has('T', [...ids, 'c.3'])).toEqual(new Set(ids));
    expect(await store.has('U', ids)).toEqual(new Set());
    expect(await store.remove('U', ids)).toBe(0);
    expect(await store.remove('T', ['c.1', 'c.9'])).toBe(1);
    expect(await store.has('T', ids)).toEqual(new Set(['c.0', 'c.2']));
    expect([await store.put({ tenantId: 'V', commandId: 'c', values: [] }), (await store.get('V', [])).size]).toEqual([
      [],
      0,
    ]);
    expect(await count('data_keys', "tenant_id = 'V'")).toBe(0);
  });

  it('makes one key of a tenant when 20 use it for the first time at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => put('T', [`${PASSWORD} ${index}`])));
    expect(await count('data_keys')).toBe(1);
    const found = await makeSecretStore(pool, ring('old')).get('T', all.flat());
    expect(all.map(([id = '']) => found.get(id))).toEqual(all.map((_, index) => `${PASSWORD} ${index}`));
  });

  it('makes no second row for a command that is put again, in the middle of a rotation too', async () => {
    const values = [PASSWORD, 'another'];
    const ids = await put('T', values, 'c');
    await makeKeyChanges(pool, ring('old')).rotate('T', 'next');
    const again = await Promise.all(Array.from({ length: 8 }, () => put('T', values, 'c')));
    expect(again).toEqual(again.map(() => ids));
    expect(await count('sealed')).toBe(2);
    expect(await faultOf(put('T', [PASSWORD, 'changed'], 'c'))).toEqual(new SecretTaken('T', 'c.1'));
    expect((await makeSecretStore(pool, ring('old')).get('T', ids)).get('c.1')).toBe('another');
  });

  it('refuses what is too much, one byte and one secret over the limit, and stores nothing', async () => {
    const most = 'é'.repeat(32_768);
    expect(await faultOf(put('T', ['a', `${most}a`]))).toEqual(
      new SecretsTooLarge('bytes of a secret', 65_537, 65_536),
    );
    expect(await faultOf(putMany('T', 1001))).toEqual(new SecretsTooLarge('secrets of a command', 1001, 1000));
    expect(await count('data_keys')).toBe(0);
    const [id = ''] = await put('T', [most]);
    expect((await makeSecretStore(pool, ring('old')).get('T', [id])).get(id)).toBe(most);
    expect(await putMany('T', 1000)).toHaveLength(1000);
  });

  it('says what is missing: secrets, the master key of a tenant, and any master key', async () => {
    const [id = ''] = await put('T', [PASSWORD]);
    const get = (keys: MasterKeys, tenantId: string, ids: readonly string[]) =>
      faultOf(makeSecretStore(pool, keys).get(tenantId, ids));
    expect(await get(ring('old'), 'T', [id, 'x', 'y'])).toEqual(new SecretMissing('T', ['x', 'y']));
    expect(await get(ring('old'), 'U', [id])).toEqual(new SecretMissing('U', [id]));
    expect(await get(ring('new'), 'T', [id])).toEqual(new MasterKeyMissing('old'));
    expect(await get(ring(), 'T', [id])).toEqual(new MasterKeyMissing());
    const keyless = makeSecretStore(pool, ring());
    for (const tenantId of ['T', 'V']) {
      const fault = await faultOf(keyless.put({ tenantId, commandId: 'k', values: ['a'] }));
      expect(fault).toEqual(new MasterKeyMissing());
    }
    expect(await count('sealed')).toBe(1);
  });

  it('opens nothing that was moved to another tenant or secret', async () => {
    await put('T', [PASSWORD], 'c');
    await put('T', [PASSWORD], 'd');
    await pool.query(`
      INSERT INTO secrets.data_keys SELECT 'U', key_id, master_key_id, wrapped, is_current FROM secrets.data_keys;
      INSERT INTO secrets.sealed SELECT 'U', secret_id, key_id, ciphertext FROM secrets.sealed;`);
    const store = makeSecretStore(pool, ring('old'));
    const unreadable = await faultOf(store.get('U', ['c.0']));
    expect(unreadable).toBeInstanceOf(DataKeyUnreadable);
    expect(await faultOf(store.put({ tenantId: 'U', commandId: 'e', values: ['a'] }))).toBeInstanceOf(
      DataKeyUnreadable,
    );
    await pool.query(`
      UPDATE secrets.sealed t SET ciphertext = s.ciphertext FROM secrets.sealed s
       WHERE t.tenant_id = 'T' AND t.secret_id = 'c.0' AND s.tenant_id = 'T' AND s.secret_id = 'd.0'`);
    expect(await faultOf(store.get('T', ['c.0']))).toEqual(new SecretUnreadable('T', 'c.0'));
    expect((await store.get('T', ['d.0'])).get('d.0')).toBe(PASSWORD);
  });

  it('has no value in clear in a table or an error', async () => {
    await put('T', [PASSWORD], 'c');
    const { rows } = await pool.query<{ row: string }>(`
      SELECT encode(wrapped, 'escape') || k::text AS row FROM secrets.data_keys k
      UNION ALL SELECT encode(ciphertext, 'escape') || s::text FROM secrets.sealed s`);
    const faults = [
      await faultOf(put('T', [`${PASSWORD} changed`], 'c')),
      await faultOf(put('T', [PASSWORD.repeat(10_000)], 'd')),
      await faultOf(makeSecretStore(pool, ring('new')).get('T', ['c.0'])),
    ];
    await pool.query("UPDATE secrets.sealed SET ciphertext = ciphertext || 'x'");
    faults.push(await faultOf(makeSecretStore(pool, ring('old')).get('T', ['c.0'])));
    await pool.query("UPDATE secrets.data_keys SET wrapped = 'x'");
    faults.push(await faultOf(put('T', [PASSWORD], 'f')));
    await pool.query('ALTER TABLE secrets.sealed RENAME TO hidden');
    const broken = faultOf(put('V', [PASSWORD], 'e'));
    faults.push(await broken);
    await pool.query('ALTER TABLE secrets.hidden RENAME TO sealed');
    expect(faults.map((fault) => fault instanceof Error)).toEqual(faults.map(() => true));
    const told = inspect([rows, faults], { depth: 10, maxStringLength: null });
    for (const hidden of [PASSWORD, 'swordfish', KEYS.old, Buffer.from(PASSWORD).toString('hex')]) {
      expect(told).not.toContain(hidden);
    }
  });
});

describe('changes of keys', () => {
  const waiting = async (keys: MasterKeys): Promise<readonly string[]> => {
    const tenants: string[] = [];
    for await (const page of makeKeyChanges(pool, keys).waiting()) tenants.push(...page);
    return tenants;
  };

  it('wrap data keys with the new master key, after which the old one is not needed', async () => {
    const tenants = Array.from({ length: 102 }, (_, index) => `T${index}`);
    for (const tenantId of tenants) await put(tenantId, [PASSWORD], 'c');
    const both = makeKeyChanges(pool, ring('new', 'old'));
    expect(await waiting(ring('old'))).toEqual([]);
    expect((await waiting(ring('new', 'old'))).toSorted()).toEqual(tenants.toSorted());
    // What was wrapped before this ended is not wrapped again by the next call.
    expect(await both.rewrap('T0')).toEqual({ changed: 1, unreadable: 0 });
    expect(await both.rewrap('T0')).toEqual({ changed: 0, unreadable: 0 });
    for await (const page of both.waiting()) for (const tenantId of page) await both.rewrap(tenantId);
    expect(await waiting(ring('new'))).toEqual([]);
    for (const tenantId of ['T0', 'T101']) {
      expect((await makeSecretStore(pool, ring('new')).get(tenantId, ['c.0'])).get('c.0')).toBe(PASSWORD);
    }
  });

  it('leave a data key alone that no master key opens, and say so', async () => {
    await put('T', [PASSWORD], 'c');
    expect(await makeKeyChanges(pool, ring('new')).rewrap('T')).toEqual({ changed: 0, unreadable: 1 });
    expect(await waiting(ring('new'))).toEqual(['T']);
    expect((await makeSecretStore(pool, ring('old')).get('T', ['c.0'])).get('c.0')).toBe(PASSWORD);
    expect(await faultOf(makeKeyChanges(pool, ring()).rewrap('T'))).toEqual(new MasterKeyMissing());
  });

  it('encrypt all secrets of a tenant with a new key, and remove the old one', async () => {
    const ids = await putMany('T', 23);
    await put('U', [PASSWORD], 'u');
    const changes = makeKeyChanges(pool, ring('old'), 5);
    expect([await changes.hasKey('T'), await changes.hasKey('V')]).toEqual([true, false]);
    expect([await changes.rotate('V', 'k'), await changes.rotate('T', 'k')]).toEqual([false, true]);
    // Asked again, it is the same rotation.
    expect(await changes.rotate('T', 'k')).toBe(true);
    expect(await count('data_keys', "tenant_id = 'T'")).toBe(2);
    expect(await waiting(ring('old'))).toEqual(['T']);
    expect(await changes.reencrypt('T')).toEqual({ changed: 23, unreadable: 0 });
    expect(await count('data_keys', "tenant_id = 'T' AND key_id = 'k' AND is_current")).toBe(1);
    expect(await count('data_keys', "tenant_id = 'T'")).toBe(1);
    const found = await makeSecretStore(pool, ring('old')).get('T', ids);
    expect(ids.map((id) => found.get(id))).toEqual(ids.map((_, index) => `${PASSWORD} ${index}`));
    expect(await changes.reencrypt('T')).toEqual({ changed: 0, unreadable: 0 });
    expect(await count('data_keys', "tenant_id = 'U'")).toBe(1);
  });

  it('go on where they were cut off between two batches, or in the middle of one', async () => {
    const ids = await putMany('T', 12);
    const changes = makeKeyChanges(pool, ring('old'), 4);
    await changes.rotate('T', 'k');
    // The eighth secret is held, so the second batch stands still until its session is ended, as by a kill.
    const holder = await pool.connect();
    try {
      await holder.query('BEGIN');
      const { rows } = await holder.query<{ secret_id: string }>(
        "SELECT secret_id FROM secrets.sealed WHERE tenant_id = 'T' ORDER BY secret_id OFFSET 7 LIMIT 1",
      );
      await holder.query("SELECT 1 FROM secrets.sealed WHERE tenant_id = 'T' AND secret_id = $1 FOR UPDATE", [
        rows[0]?.secret_id,
      ]);
      const cut = faultOf(changes.reencrypt('T'));
      for (let ended = 0; ended === 0;) {
        const blocked = await pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`,
        );
        ended = blocked.rowCount ?? 0;
        if (ended === 0) await sleep(20);
      }
      expect(await cut).toBeInstanceOf(Error);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    expect(await count('sealed', "key_id = 'k'")).toBe(4);
    const store = makeSecretStore(pool, ring('old'));
    expect((await store.get('T', ids)).size).toBe(12);
    const ending = new AbortController();
    ending.abort(new Error('the process ends'));
    expect(await faultOf(changes.reencrypt('T', ending.signal))).toEqual(new Error('the process ends'));
    expect(await changes.reencrypt('T')).toEqual({ changed: 8, unreadable: 0 });
    expect([await count('data_keys'), await count('sealed', "key_id = 'k'")]).toEqual([1, 12]);
    expect((await store.get('T', ids)).size).toBe(12);
  });

  it('lose nothing that is put, and none of several rotations, while they go on', async () => {
    const ids = [...(await putMany('T', 40))];
    const changes = makeKeyChanges(pool, ring('old'), 3);
    const rotation = async (keyId: string): Promise<void> => {
      await changes.rotate('T', keyId);
      await changes.reencrypt('T');
    };
    const putting = Array.from({ length: 30 }, (_, index) => put('T', [`${PASSWORD} ${index}`]));
    await Promise.all([rotation('a'), rotation('b'), rotation('c'), ...putting]);
    for (const made of await Promise.all(putting)) ids.push(...made);
    await changes.reencrypt('T');
    expect((await makeSecretStore(pool, ring('old')).get('T', ids)).size).toBe(70);
    expect([await count('sealed'), await count('data_keys')]).toEqual([70, 1]);
  });

  it('keep the old key for secrets that cannot be opened', async () => {
    await putMany('T', 6);
    await pool.query("UPDATE secrets.sealed SET ciphertext = 'x' WHERE secret_id LIKE '%.3'");
    const changes = makeKeyChanges(pool, ring('old'), 2);
    await changes.rotate('T', 'k');
    expect(await changes.reencrypt('T')).toEqual({ changed: 5, unreadable: 1 });
    expect(await count('data_keys')).toBe(2);
  });
});

describe('the sweep of secrets', () => {
  const age = (where: string) =>
    pool.query(`UPDATE secrets.sealed SET written_at = now() - interval '2 hours' WHERE ${where};
                UPDATE secrets.data_keys SET created_at = now() - interval '2 hours' WHERE ${where.includes('tenant') ? where : 'true'}`);
  const graceMs = 3_600_000;
  const isCaughtUp = () => Promise.resolve(true);
  const inUse = [() => Promise.resolve(new Set<string>())];

  it('removes what nothing refers to once it is old, and asks about each tenant its own ids', async () => {
    await put('T', ['a', 'b', 'c'], 'c');
    await put('U', ['a', 'b', 'c'], 'c');
    await age("secret_id <> 'c.2'");
    const asked: string[] = [];
    const ask = (used: string) => (tenantId: string, ids: readonly string[]) => {
      asked.push(...ids.map((id) => `${tenantId}/${id}`));
      return Promise.resolve(new Set(ids.filter((id) => `${tenantId}/${id}` === used)));
    };
    const options = { pool, graceMs, isCaughtUp, batch: 3, inUse: [ask('T/c.0'), ask('U/c.1')] };
    expect(await sweepSecrets(options)).toEqual({ secrets: 2, keys: 0 });
    expect(new Set(asked)).toEqual(new Set(['T/c.0', 'T/c.1', 'U/c.0', 'U/c.1']));
    const store = makeSecretStore(pool, ring('old'));
    expect(await store.has('T', secretIdsOf('c', 3))).toEqual(new Set(['c.0', 'c.2']));
    expect(await store.has('U', secretIdsOf('c', 3))).toEqual(new Set(['c.1', 'c.2']));
  });

  it('removes nothing when it cannot be told what is referred to', async () => {
    await put('T', ['a'], 'c');
    await age('true');
    const unknown = () => Promise.reject(new Error('not read far enough'));
    const swept = sweepSecrets({ pool, graceMs, isCaughtUp, inUse: [...inUse, unknown] });
    await expect(swept).rejects.toThrow('not read far enough');
    expect(await count('sealed')).toBe(1);
  });

  it('leaves what its command puts again while it is asked about', async () => {
    await put('T', ['a', 'b'], 'c');
    await age('true');
    const putAgain = async () => {
      await put('T', ['a'], 'c');
      return new Set<string>();
    };
    expect(await sweepSecrets({ pool, graceMs, isCaughtUp, inUse: [putAgain] })).toEqual({ secrets: 1, keys: 0 });
    expect(await makeSecretStore(pool, ring('old')).has('T', ['c.0', 'c.1'])).toEqual(new Set(['c.0']));
  });

  it('removes the key of a tenant that has no secrets any more, and its next secret makes another', async () => {
    await put('T', ['a'], 'c');
    await put('U', ['a'], 'c');
    await age("tenant_id = 'T'");
    expect(await sweepSecrets({ pool, graceMs, isCaughtUp, inUse })).toEqual({ secrets: 1, keys: 1 });
    expect(await count('data_keys', "tenant_id = 'U'")).toBe(1);
    const [id = ''] = await put('T', [PASSWORD], 'd');
    expect((await makeSecretStore(pool, ring('old')).get('T', [id])).get(id)).toBe(PASSWORD);
  });
});
