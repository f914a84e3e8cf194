import { randomUUID } from 'node:crypto';
import {
  CONTENT_MIGRATIONS,
  makeContentStore,
  PayloadMissing,
  type ContentStore,
} from '@flowplane/runtime/content-store';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import type { Payload } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePayloadCodec } from './payload-codec.js';

let database: TrialDatabase;
let pool: Pool;
let store: ContentStore;
const calls = { put: 0, get: 0 };
beforeAll(async () => {
  database = await startTrialDatabase(2);
  pool = database.pool;
  await migrate(pool, CONTENT_MIGRATIONS);
  const real = makeContentStore(pool);
  store = {
    ...real,
    put: (bytes, tenantId) => ((calls.put += 1), real.put(bytes, tenantId)),
    get: (hash) => ((calls.get += 1), real.get(hash)),
  };
});
afterAll(() => database.end());

const payload = (text: string): Payload => ({
  metadata: { encoding: Buffer.from('json/plain'), other: Buffer.from('kept') },
  data: Buffer.from(text),
});
const text = ({ data }: Payload | undefined = {}): string => Buffer.from(data ?? []).toString('utf8');

describe('payload codec', () => {
  it('lets values up to the limit pass as they are', async () => {
    const before = { ...calls };
    const codec = makePayloadCodec({ store, inlineMaxBytes: 10 });
    const payloads = [payload('x'.repeat(10)), { metadata: null, data: null }];
    expect(await codec.encode(payloads)).toBe(payloads);
    expect(await codec.decode(payloads)).toBe(payloads);
    expect(calls).toEqual(before);
  });

  it('replaces a larger one by its reference and brings it back with its metadata', async () => {
    const codec = makePayloadCodec({ store, inlineMaxBytes: 10 });
    const original = payload('x'.repeat(11));
    const [small, reference] = await codec.encode([payload('s'), original]);
    expect(text(small)).toBe('s');
    expect(reference?.data?.length).toBe(64);
    expect(text(reference)).toMatch(/^[0-9a-f]{64}$/);
    const other = makePayloadCodec({ store, inlineMaxBytes: 10 });
    const [, restored] = await other.decode([small as Payload, reference as Payload]);
    expect(text(restored)).toBe('x'.repeat(11));
    expect(Buffer.from(restored?.metadata?.['encoding'] ?? []).toString()).toBe('json/plain');
    expect(Buffer.from(restored?.metadata?.['other'] ?? []).toString()).toBe('kept');
    expect(Object.keys(restored?.metadata ?? {}).sort()).toEqual(['encoding', 'other']);
  });

  it('reads what it has just written from memory, within its bound', async () => {
    const { get } = calls;
    const codec = makePayloadCodec({ store, inlineMaxBytes: 1, cacheMaxBytes: 10 });
    const encoded = await codec.encode([payload('1234'), payload('12345'), payload('123')]);
    await codec.decode([encoded[1] as Payload, encoded[2] as Payload]);
    expect(calls.get).toBe(get);
    await codec.decode([encoded[0] as Payload]);
    expect(calls.get).toBe(get + 1);
  });

  it('says whose a payload is, as the id of its run has it', async () => {
    const codec = makePayloadCodec({ store, inlineMaxBytes: 1, cacheMaxBytes: 0 });
    const context = { type: 'workflow', namespace: 'n', workflowId: 'acme:w:f:1' } as const;
    const [reference] = await codec.encode([payload(randomUUID())], context);
    expect(await store.removeOf('acme')).toBe(1);
    await expect(codec.decode([reference as Payload])).rejects.toThrow(PayloadMissing);
  });

  it('fails when a reference has no content', async () => {
    const codec = makePayloadCodec({ store, inlineMaxBytes: 1, cacheMaxBytes: 0 });
    const [reference] = await codec.encode([payload(randomUUID())]);
    await pool.query('DELETE FROM content.payloads WHERE hash = $1', [text(reference)]);
    await expect(codec.decode([reference as Payload])).rejects.toThrow(PayloadMissing);
    const marking = makePayloadCodec({ store, inlineMaxBytes: 1, cacheMaxBytes: 0, onMissing: 'mark' });
    expect(text((await marking.decode([reference as Payload]))[0])).toBe('{"flowplane/lost":true}');
  });
});
