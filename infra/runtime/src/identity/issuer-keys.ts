import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

export type IssuerKeyOptions = {
  /** FLOWS_JWKS_URL */
  readonly jwksUrl: string;
  /** Age of the keys from which on they are fetched again behind what goes on. */
  readonly refreshAfterMs?: number;
  /** Age up to which the last good keys are used while the issuer is away. */
  readonly keptForMs?: number;
  /** Shortest time between two fetches, over all requests. */
  readonly fetchEveryMs?: number;
  /** Clock in ms that never goes back. */
  readonly now?: () => number;
};

const FETCH_TIMEOUT_MS = 3000;
const REFRESH_AFTER_MS = 600_000;
const KEPT_FOR_MS = 86_400_000;
const FETCH_EVERY_MS = 5000;

/**
 * Keys of a token issuer, as `jwtVerify` asks for them. They are fetched when first needed, fetched again behind what goes
 * on, and kept while the issuer is away. A key id that they lack waits for the next fetch.
 *
 * @throws JWKSNoMatchingKey when a fetch after the question did not bring the key; anything else: keys cannot be fetched
 */
export function makeIssuerKeys(options: IssuerKeyOptions): JWTVerifyGetKey {
  const { refreshAfterMs = REFRESH_AFTER_MS, keptForMs = KEPT_FOR_MS, fetchEveryMs = FETCH_EVERY_MS } = options;
  const now = options.now ?? (() => performance.now());
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    // When to fetch is decided here.
    cacheMaxAge: Infinity,
    cooldownDuration: Infinity,
  });
  let fetchedAt = -Infinity;
  let begun = -Infinity;
  let failure: unknown;
  let pending: Promise<void> | undefined;

  const fetchNow = async (): Promise<void> => {
    await sleep(Math.max(0, begun + fetchEveryMs - now()), undefined, { ref: false });
    const startedAt = now();
    begun = startedAt;
    try {
      await keys.reload();
      fetchedAt = startedAt;
      failure = undefined;
    } catch (cause) {
      failure = cause;
      throw cause;
    }
  };
  /** One fetch for all who ask until it is over. */
  const refresh = (): Promise<void> => {
    pending ??= fetchNow().finally(() => {
      pending = undefined;
    });
    return pending;
  };
  /** Refuses at once while the last fetch failed a moment ago: another fetch would fail the same way. */
  const awaitKeys = (): Promise<void> =>
    failure !== undefined && now() - begun < fetchEveryMs ? Promise.reject(failure as Error) : refresh();

  return async (header, token) => {
    const askedAt = now();
    const age = askedAt - fetchedAt;
    if (age > keptForMs) await awaitKeys();
    else if (age > refreshAfterMs && askedAt - begun >= fetchEveryMs) refresh().catch(() => undefined);
    for (;;) {
      try {
        return await keys(header, token);
      } catch (cause) {
        // A fetch that began before the question may have missed a key that is newer.
        if (!(cause instanceof errors.JWKSNoMatchingKey) || begun >= askedAt) throw cause;
      }
      await awaitKeys();
    }
  };
}
