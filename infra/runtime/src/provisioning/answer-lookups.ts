import type { Json } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { runLoop, startPeriodic } from '@flowplane/plumbing/periodic';
import type { Pool } from '@flowplane/plumbing/postgres';
import { PROVISIONING_CHANNEL, type NewsReader } from './channel.js';
import type { DriftAnswer, LookupKind, PluginsAnswer } from './lookups.js';

/** A lookup in the hands of this process. */
export type TakenLookup = {
  readonly lookupId: string;
  /** Empty where the answer is for all. */
  readonly tenantId: string;
  readonly kind: LookupKind;
  readonly request: Json;
};

export type LookupAnswer = {
  readonly answer: PluginsAnswer | DriftAnswer;
  /** How long the asker may still read it, and others may use it where it is for all. */
  readonly keptMs: number;
};

export type AnswerLookupsOptions = {
  readonly pool: Pool;
  /** Finds the answer. Where it throws, the lookup is taken again a second later. */
  readonly look: (lookup: TakenLookup, signal: AbortSignal) => Promise<LookupAnswer>;
  readonly logger: Pick<Logger, 'warn'>;
};

export type AnsweringLookups = NewsReader & { readonly close: () => Promise<void> };

/** Lookups at once in one process. */
const AT_ONCE = 4;
/** Longest time for one. */
const LOOK_MS = 8000;
/** When another process may take over what nothing was heard of. */
const TAKEN_MS = 9000;
/** Between two tries. */
const PAUSE_MS = 1000;
const LOOK_AGAIN_MS = 2000;
const SWEEP_MS = 60_000;

/**
 * Takes lookups that wait, of the tenant first that has fewest in hand, and writes down their answers. What a process that
 * died had in hand is taken by another one, as long as somebody waits for it.
 */
export function answerLookups({ pool, look, logger }: AnswerLookupsOptions): AnsweringLookups {
  const working = new Set<Promise<void>>();

  const answer = async (lookup: TakenLookup, signal: AbortSignal): Promise<void> => {
    try {
      const found = await look(lookup, AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]));
      signal.throwIfAborted();
      await pool.query(ANSWER, [lookup.lookupId, JSON.stringify(found.answer), found.keptMs, PROVISIONING_CHANNEL]);
    } catch (err) {
      if (!signal.aborted) logger.warn({ err, kind: lookup.kind }, 'a lookup on OpenSearch has failed');
      // Where this fails too, its time runs out.
      await pool.query(GIVE_BACK, [lookup.lookupId, signal.aborted ? 0 : PAUSE_MS]).catch(() => undefined);
    }
  };
  let isFresh = true;
  const taking = runLoop({
    round: async (signal) => {
      if (isFresh) {
        // What is configured may be something else than before this process was started.
        await pool.query(FORGET_KEPT);
        isFresh = false;
      }
      if (working.size >= AT_ONCE) return 'idle';
      const [row] = (await pool.query<TakenRow>(TAKE, [TAKEN_MS])).rows;
      if (row === undefined) return 'idle';
      const work = answer(lookupOf(row), signal).finally(() => {
        working.delete(work);
        taking.wake();
      });
      working.add(work);
      return undefined;
    },
    backoff: { firstMs: 100, maxMs: 2000 },
    onFault: (err) => logger.warn({ err }, 'lookups cannot be taken; it is tried again'),
  });
  const lookingAgain = startPeriodic({
    intervalMs: LOOK_AGAIN_MS,
    work: () => {
      taking.wake();
      return Promise.resolve();
    },
    onFault: () => undefined,
  });
  const sweeping = startPeriodic({
    intervalMs: SWEEP_MS,
    work: () => pool.query(SWEEP),
    onFault: (err) => logger.warn({ err }, 'lookups that are over could not be removed; it is tried again'),
  });
  return {
    onNews: (news) => {
      if (news === 'asked') taking.wake();
    },
    onConnect: () => {
      taking.wake();
      return Promise.resolve();
    },
    close: async () => {
      await Promise.all([lookingAgain.close(), sweeping.close(), taking.close()]);
      await Promise.all(working);
    },
  };
}

type TakenRow = {
  readonly lookup_id: string;
  readonly tenant_id: string;
  readonly kind: LookupKind;
  readonly request: Json;
};
const lookupOf = (row: TakenRow): TakenLookup => ({
  ...{ lookupId: row.lookup_id, tenantId: row.tenant_id, kind: row.kind, request: row.request },
});

const TAKE = `
  UPDATE provisioning.lookups SET taken_until = now() + $1 * interval '1 ms'
   WHERE lookup_id = (
     SELECT lookup_id FROM provisioning.lookups l
      WHERE answer IS NULL AND expires_at > now() AND (taken_until IS NULL OR taken_until < now())
      ORDER BY (SELECT count(*) FROM provisioning.lookups o
                 WHERE o.tenant_id = l.tenant_id AND o.answer IS NULL AND o.taken_until > now()), asked_at
      LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING lookup_id, tenant_id, kind, request`;
/** An answer that came first is not announced. */
const ANSWER = `
  WITH answered AS (
    UPDATE provisioning.lookups
       SET answer = $2, expires_at = now() + $3 * interval '1 ms', taken_until = NULL
     WHERE lookup_id = $1 AND answer IS NULL
    RETURNING 1)
  SELECT pg_notify($4, 'answered:' || $1) FROM answered`;
const GIVE_BACK = `
  UPDATE provisioning.lookups SET taken_until = now() + $2 * interval '1 ms' WHERE lookup_id = $1 AND answer IS NULL`;
const FORGET_KEPT = "DELETE FROM provisioning.lookups WHERE tenant_id = '' AND answer IS NOT NULL";
const SWEEP = `DELETE FROM provisioning.lookups WHERE expires_at < now() - interval '1 minute'`;
