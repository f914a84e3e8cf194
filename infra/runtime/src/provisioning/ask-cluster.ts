import { randomUUID } from 'node:crypto';
import type { Json } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import type { Pool } from '@flowplane/plumbing/postgres';
import { PROVISIONING_CHANNEL, type NewsReader } from './channel.js';
import {
  driftIn,
  pluginsIn,
  type Drift,
  type DriftRequest,
  type InstalledPlugins,
  type LookupKind,
} from './lookups.js';

/** How long callers wait for an answer; a drift may be asked for once more where the first worker died. */
const PLUGINS_WAIT_MS = 10_000;
const DRIFT_WAIT_MS = 20_000;
/** Lookups that wait for their answers, of a tenant and of all together. */
const MAX_LOOKUPS_OF_TENANT = 5;
const MAX_LOOKUPS = 100;
/** Bytes of one request; a template with all that it can hold is smaller. */
const MAX_LOOKUP_BYTES = 8_388_608;

/** What callers of the provisioning surface want to know of the cluster. */
export type ClusterLookups = NewsReader & {
  /** Plugins of the configured OpenSearch. One answer serves all processes for a minute. */
  readonly installedPlugins: (signal?: AbortSignal) => Promise<InstalledPlugins>;
  /**
   * How the resources of a template stand now, in their order; all `unknown` where no worker answers in time.
   *
   * @throws Refusal 503 OVERLOADED when too many lookups wait already
   */
  readonly drift: (tenantId: string, request: DriftRequest, signal?: AbortSignal) => Promise<readonly Drift[]>;
};

type Waits = { readonly pluginsMs?: number; readonly driftMs?: number };

/** @param pool of the state database, with `PROVISIONING_MIGRATIONS` applied; `followNews` must call the reader */
export function makeClusterLookups(
  pool: Pool,
  { pluginsMs = PLUGINS_WAIT_MS, driftMs = DRIFT_WAIT_MS }: Waits = {},
): ClusterLookups {
  /** What waits for a lookup looks again when it is called. */
  const waiting = new Map<string, Set<() => void>>();

  /** Looks now, and whenever there is news. @returns undefined when the time is up */
  const answered = (
    lookupId: string,
    look: () => Promise<Found | undefined>,
    signal: AbortSignal,
  ): Promise<Found | undefined> =>
    new Promise((resolve, reject) => {
      const waiters = waiting.get(lookupId) ?? new Set();
      waiting.set(lookupId, waiters);
      const settle = (): void => {
        waiters.delete(check);
        if (waiters.size === 0) waiting.delete(lookupId);
        signal.removeEventListener('abort', giveUp);
      };
      const giveUp = (): void => {
        settle();
        resolve(undefined);
      };
      const check = (): void => {
        look().then(
          (found) => {
            if (found === undefined) return;
            settle();
            resolve(found);
          },
          (cause: unknown) => {
            settle();
            reject(cause);
          },
        );
      };
      waiters.add(check);
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      check();
    });

  const within = (waitMs: number, signal: AbortSignal | undefined): AbortSignal => {
    const timeUp = AbortSignal.timeout(waitMs);
    return signal === undefined ? timeUp : AbortSignal.any([signal, timeUp]);
  };
  const one = async (sql: string, values: readonly unknown[]): Promise<Found | undefined> =>
    (await pool.query<Found>(sql, [...values])).rows[0];

  return {
    installedPlugins: async (signal) => {
      const id: LookupKind = 'plugins';
      // An answer may be gone before it is read: it is kept for a moment only where it is a failure.
      const keptOrAsked = async (): Promise<Found | undefined> => {
        const kept = await one(KEPT, [id]);
        if (kept !== undefined) return kept;
        const { rowCount } = await pool.query(ASK_FOR_ALL, [id, pluginsMs, PROVISIONING_CHANNEL]);
        return rowCount === 0 ? one(KEPT, [id]) : undefined;
      };
      return pluginsIn((await answered(id, keptOrAsked, within(pluginsMs, signal)))?.answer);
    },
    drift: async (tenantId, request, signal) => {
      const text = JSON.stringify(request);
      const id = randomUUID();
      const isTooMuch = Buffer.byteLength(text) > MAX_LOOKUP_BYTES;
      const asked = isTooMuch
        ? 0
        : (
            await pool.query(ASK, [
              ...[id, tenantId, 'drift' satisfies LookupKind, text, driftMs],
              ...[MAX_LOOKUPS_OF_TENANT, MAX_LOOKUPS, PROVISIONING_CHANNEL],
            ])
          ).rowCount;
      if (asked === 0) throw refusal('OVERLOADED', { retryAfterSeconds: 1 });
      const found = await answered(id, () => one(TAKE_ANSWER, [id]), within(driftMs, signal));
      if (found === undefined) await pool.query(FORGET, [id]);
      return driftIn(found?.answer, request);
    },
    onNews: (news) => {
      const [, lookupId] = /^answered:(.+)$/.exec(news) ?? [];
      for (const check of waiting.get(lookupId ?? '') ?? []) check();
    },
    onConnect: () => {
      for (const checks of waiting.values()) for (const check of checks) check();
      return Promise.resolve();
    },
  };
}

type Found = { readonly answer: Json };

const KEPT = `SELECT answer FROM provisioning.lookups WHERE lookup_id = $1 AND answer IS NOT NULL AND expires_at > now()`;
/** One row for all who ask at once; what is answered and not too old stays. */
const ASK_FOR_ALL = `
  WITH asked AS (
    INSERT INTO provisioning.lookups AS l (lookup_id, tenant_id, kind, request, expires_at)
    VALUES ($1, '', $1, '{}', now() + $2 * interval '1 ms')
    ON CONFLICT (lookup_id) DO UPDATE
       SET expires_at = excluded.expires_at, answer = NULL,
           taken_until = CASE WHEN l.answer IS NULL THEN l.taken_until END
     WHERE l.answer IS NULL OR l.expires_at <= now()
    RETURNING 1)
  SELECT pg_notify($3, 'asked') FROM asked`;
const ASK = `
  WITH open AS (
    SELECT count(*) AS of_all, count(*) FILTER (WHERE tenant_id = $2) AS of_tenant
      FROM provisioning.lookups WHERE tenant_id <> '' AND expires_at > now()
  ), asked AS (
    INSERT INTO provisioning.lookups (lookup_id, tenant_id, kind, request, expires_at)
    SELECT $1::text, $2::text, $3::text, $4::json, now() + $5 * interval '1 ms' FROM open WHERE of_tenant < $6 AND of_all < $7
    RETURNING 1)
  SELECT pg_notify($8, 'asked') FROM asked`;
const TAKE_ANSWER = 'DELETE FROM provisioning.lookups WHERE lookup_id = $1 AND answer IS NOT NULL RETURNING answer';
const FORGET = 'DELETE FROM provisioning.lookups WHERE lookup_id = $1';
