import { inTransaction, type Pool } from '@flowplane/plumbing/postgres';
import { PayloadMissing, PayloadTooLarge } from './errors.js';
import { contentHash } from './hash.js';

/** Bytes under their own SHA-256. Every call is one statement; nothing is cached here. */
export type ContentStore = {
  /**
   * Stores `payload` (text as UTF-8) once; storing it again only marks it used.
   *
   * @param tenantId whose it is; what is put without it stays when a tenant goes
   * @returns its hash, 64 hex characters
   * @throws PayloadTooLarge over the limit; errors of pg when the store is not reachable (retryable: put is idempotent)
   */
  readonly put: (payload: string | Buffer, tenantId?: string) => Promise<string>;
  /** @throws PayloadMissing when nothing is stored under `hash` */
  readonly get: (hash: string) => Promise<Buffer>;
  /** What is stored of `hashes`; missing ones have no entry. */
  readonly getMany: (hashes: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;
  /**
   * What is known of `hashes` without loading them: their size, and where it is above `headAbove` bytes their first
   * `HEAD_BYTES`; missing ones have no entry.
   */
  readonly outlines: (hashes: readonly string[], headAbove: number) => Promise<ReadonlyMap<string, PayloadOutline>>;
  /** Some bytes of a payload, from a place on; none behind its end, and of one that is missing. */
  readonly slice: (hash: string, from: number, bytes: number) => Promise<Buffer>;
  /** Bytes of what is stored of `hashes`; missing ones have no entry. */
  readonly sizes: (hashes: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** Marks payloads used, so that retention counts from now. Unknown hashes are ignored. */
  readonly touch: (hashes: readonly string[]) => Promise<void>;
  /**
   * Removes some of the payloads that nothing has used since `before`. One that is used meanwhile stays.
   *
   * @returns how many were removed; fewer than `limit`: no more are left
   */
  readonly free: (before: Date, limit: number) => Promise<number>;
  /** Removes what this tenant has put, unless somebody else has put the same. @returns how many were removed */
  readonly removeOf: (tenantId: string) => Promise<number>;
};

export type PayloadOutline = { readonly bytes: number; readonly head: Buffer | null };

/** How much of a payload an outline shows. */
const HEAD_BYTES = 256;

export type ContentStoreOptions = {
  /** Largest payload in bytes. Default 16 MiB, what a record of our own topics may hold. */
  readonly maxBytes?: number;
};

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/** A row is marked used at most once an hour: retention counts in days, and every mark is a row version. */
const PUT = `
  WITH stored AS (
    INSERT INTO content.payloads AS p (hash, bytes, size_bytes, unowned) VALUES ($1, $2, $3, $4::text IS NULL)
    ON CONFLICT (hash) DO UPDATE SET last_used_at = now(), unowned = p.unowned OR excluded.unowned
    WHERE p.last_used_at < now() - interval '1 hour' OR (excluded.unowned AND NOT p.unowned)
  )
  INSERT INTO content.payload_tenants (hash, tenant_id) SELECT $1, $4 WHERE $4::text IS NOT NULL
  ON CONFLICT DO NOTHING`;
/** A concurrent put of one of them is waited for, or waits and stores it again. */
const LOCK_OF = `
  SELECT p.hash FROM content.payloads p JOIN content.payload_tenants t ON t.hash = p.hash
   WHERE t.tenant_id = $1 ORDER BY p.hash FOR UPDATE OF p`;
const FORGET_OF = 'DELETE FROM content.payload_tenants WHERE tenant_id = $1';
const REMOVE = `
  DELETE FROM content.payloads p WHERE p.hash = ANY ($1) AND NOT p.unowned
     AND NOT EXISTS (SELECT 1 FROM content.payload_tenants t WHERE t.hash = p.hash)`;
const GET_MANY = 'SELECT hash, bytes FROM content.payloads WHERE hash = ANY ($1)';
const OUTLINES = `
  SELECT hash, size_bytes, CASE WHEN size_bytes > $2 THEN substring(bytes FROM 1 FOR ${HEAD_BYTES}) END AS head
    FROM content.payloads WHERE hash = ANY ($1)`;
const SLICE = 'SELECT substring(bytes FROM $2 FOR $3) AS bytes FROM content.payloads WHERE hash = $1';
const SIZES = 'SELECT hash, size_bytes FROM content.payloads WHERE hash = ANY ($1)';
const TOUCH = `
  UPDATE content.payloads SET last_used_at = now()
  WHERE hash = ANY ($1) AND last_used_at < now() - interval '1 hour'`;

/** A row that is being marked used is passed over; one that was marked since it was chosen no longer matches. */
const FREE = `
  DELETE FROM content.payloads WHERE hash IN (
    SELECT hash FROM content.payloads WHERE last_used_at < $1 ORDER BY last_used_at LIMIT $2 FOR UPDATE SKIP LOCKED)`;

/** @param pool of the state database, with `CONTENT_MIGRATIONS` applied */
export function makeContentStore(pool: Pool, options: ContentStoreOptions = {}): ContentStore {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;

  const getMany = async (hashes: readonly string[]): Promise<ReadonlyMap<string, Buffer>> => {
    if (hashes.length === 0) return new Map();
    const { rows } = await pool.query<{ hash: string; bytes: Buffer }>(GET_MANY, [hashes]);
    return new Map(rows.map((row) => [row.hash, row.bytes]));
  };

  return {
    put: async (payload, tenantId) => {
      const bytes = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;
      if (bytes.length > maxBytes) throw new PayloadTooLarge(bytes.length, maxBytes);
      const hash = contentHash(bytes);
      await pool.query(PUT, [hash, bytes, bytes.length, tenantId ?? null]);
      return hash;
    },
    get: async (hash) => {
      const bytes = (await getMany([hash])).get(hash);
      if (bytes === undefined) throw new PayloadMissing(hash);
      return bytes;
    },
    getMany,
    outlines: async (hashes, headAbove) => {
      if (hashes.length === 0) return new Map();
      type Outline = { readonly hash: string; readonly size_bytes: number; readonly head: Buffer | null };
      const { rows } = await pool.query<Outline>(OUTLINES, [hashes, headAbove]);
      return new Map(rows.map((row) => [row.hash, { bytes: row.size_bytes, head: row.head }]));
    },
    slice: async (hash, from, bytes) => {
      const { rows } = await pool.query<{ readonly bytes: Buffer }>(SLICE, [hash, from + 1, bytes]);
      return rows[0]?.bytes ?? Buffer.alloc(0);
    },
    sizes: async (hashes) => {
      if (hashes.length === 0) return new Map();
      const { rows } = await pool.query<{ hash: string; size_bytes: number }>(SIZES, [hashes]);
      return new Map(rows.map((row) => [row.hash, Number(row.size_bytes)]));
    },
    touch: async (hashes) => {
      if (hashes.length > 0) await pool.query(TOUCH, [hashes]);
    },
    free: async (before, limit) => (await pool.query(FREE, [before, limit])).rowCount ?? 0,
    removeOf: (tenantId) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ hash: string }>(LOCK_OF, [tenantId]);
        await client.query(FORGET_OF, [tenantId]);
        const removed = await client.query(REMOVE, [rows.map(({ hash }) => hash)]);
        return removed.rowCount ?? 0;
      }),
  };
}
