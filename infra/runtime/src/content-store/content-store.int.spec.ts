import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import { CONTENT_MIGRATIONS, makeContentStore, PayloadMissing, PayloadTooLarge } from './index.js';

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

let database: TrialDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await startTrialDatabase();
  pool = database.pool;
  await migrate(pool, CONTENT_MIGRATIONS);
});
beforeEach(async () => {
  await pool.query('TRUNCATE content.payloads CASCADE');
});
afterAll(() => database.end());

describe('content store', () => {
  it('keeps bytes under their own hash, once, however many callers put them', async () => {
    const store = makeContentStore(pool);
    const bytes = Buffer.from([0, 255, 0, 1]);
    const hashes = await Promise.all(Array.from({ length: 8 }, () => store.put(bytes)));
    expect(new Set(hashes)).toEqual(new Set([sha256(bytes)]));
    expect(await store.get(sha256(bytes))).toEqual(bytes);
    const { rows } = await pool.query<{ count: string }>('SELECT count(*) FROM content.payloads');
    expect(rows[0]?.count).toBe('1');
  });

  it('takes text as UTF-8', async () => {
    const store = makeContentStore(pool);
    const hash = await store.put('"grüße"');
    expect(hash).toBe(sha256(Buffer.from('"grüße"', 'utf8')));
    expect((await store.get(hash)).toString('utf8')).toBe('"grüße"');
  });

  it('removes with a tenant what nobody else has put', async () => {
    const store = makeContentStore(pool);
    const [own, shared, unowned] = [
      await store.put('own', 'T'),
      await store.put('shared', 'T'),
      await store.put('unowned', 'T'),
    ];
    await store.put('own', 'T');
    await store.put('shared', 'other');
    await store.put('unowned');
    expect(await store.removeOf('T')).toBe(1);
    expect([...(await store.getMany([own, shared, unowned])).keys()].toSorted()).toEqual([shared, unowned].toSorted());
    expect(await store.removeOf('T')).toBe(0);
    expect(await store.removeOf('other')).toBe(1);
    expect(await store.put('own', 'T')).toBe(own);
  });

  it('keeps what another tenant puts while it is being removed', async () => {
    const store = makeContentStore(pool);
    for (let round = 0; round < 30; round++) {
      const hash = await store.put(`raced ${round}`, 'T');
      await Promise.all([store.removeOf('T'), store.put(`raced ${round}`, 'other')]);
      expect((await store.getMany([hash])).size).toBe(1);
    }
  });

  it('says what is missing, one by one and together', async () => {
    const store = makeContentStore(pool);
    const hash = await store.put('1');
    await expect(store.get(sha256('2'))).rejects.toBeInstanceOf(PayloadMissing);
    const found = await store.getMany([hash, sha256('2')]);
    expect([...found.keys()]).toEqual([hash]);
    expect((await store.getMany([])).size).toBe(0);
  });

  it('says how large payloads are and how they begin, and gives them in slices', async () => {
    const store = makeContentStore(pool);
    const text = 'é'.repeat(1000);
    const [large, small] = [await store.put(text), await store.put('small')];
    const outlines = await store.outlines([large, small, sha256('never')], 5);
    expect(outlines).toEqual(
      new Map([
        [large, { bytes: 2000, head: Buffer.from(text).subarray(0, 256) }],
        [small, { bytes: 5, head: null }],
      ]),
    );
    expect((await store.outlines([], 5)).size).toBe(0);
    const slices = [await store.slice(large, 0, 1500), await store.slice(large, 1500, 1500)];
    expect(Buffer.concat(slices).toString()).toBe(text);
    expect((await store.slice(large, 2000, 10)).length).toBe(0);
    expect((await store.slice(sha256('never'), 0, 10)).length).toBe(0);
  });

  it('refuses what is over its limit and stores nothing', async () => {
    const store = makeContentStore(pool, { maxBytes: 10 });
    await expect(store.put('12345678901')).rejects.toBeInstanceOf(PayloadTooLarge);
    expect((await store.getMany([sha256('12345678901')])).size).toBe(0);
    await expect(store.put('1234567890')).resolves.toBe(sha256('1234567890'));
  });

  it('marks what is put again or touched as used, so that retention counts from then', async () => {
    const store = makeContentStore(pool);
    const [put, touched, left] = [await store.put('a'), await store.put('b'), await store.put('c')];
    await pool.query("UPDATE content.payloads SET last_used_at = now() - interval '2 days'");
    await store.put('a');
    await store.touch([touched]);
    const { rows } = await pool.query<{ hash: string }>(
      "SELECT hash FROM content.payloads WHERE last_used_at > now() - interval '1 day'",
    );
    expect(new Set(rows.map(({ hash }) => hash))).toEqual(new Set([put, touched]));
    expect(await store.get(left)).toEqual(Buffer.from('c'));
  });

  it('frees what nothing has used for long, in pieces, and nothing else', async () => {
    const store = makeContentStore(pool);
    for (const text of ['a', 'b', 'c']) await store.put(text);
    await pool.query("UPDATE content.payloads SET last_used_at = now() - interval '2 days'");
    const used = await store.put('b');
    const dayAgo = new Date(Date.now() - 86_400_000);
    expect([await store.free(dayAgo, 1), await store.free(dayAgo, 1), await store.free(dayAgo, 1)]).toEqual([1, 1, 0]);
    expect(await store.get(used)).toEqual(Buffer.from('b'));
  });

  it('never frees what is put at the same moment', async () => {
    const store = makeContentStore(pool);
    const dayAgo = new Date(Date.now() - 86_400_000);
    for (let round = 0; round < 60; round++) {
      const hash = await store.put('again');
      await pool.query("UPDATE content.payloads SET last_used_at = now() - interval '2 days'");
      await Promise.all([store.put('again'), store.free(dayAgo, 10), store.put('again'), store.free(dayAgo, 10)]);
      expect((await store.get(hash)).toString()).toBe('again');
    }
  });
});
