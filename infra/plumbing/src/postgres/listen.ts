import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { runLoop } from '../periodic/index.js';
import { connectionSettings } from './connection-settings.js';
import { assertIdentifier } from './pool.js';

export type Listener = { readonly close: () => Promise<void> };

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;
/** A connection that died without a word (no FIN) is noticed by this look. */
const LIVENESS_INTERVAL_MS = 5000;

/**
 * Listens on a notification channel on its own connection, which it opens again by itself for as long as it
 * takes. Notifications sent while there is no connection are lost: `onReconnect` is called after every (re)connect,
 * when listening stands, so that the caller can read what it missed; a throw there reconnects again. `onLost` is
 * called whenever listening has ended.
 */
export function listen(
  url: string,
  channel: string,
  onNotify: (payload: string) => void,
  onReconnect: () => Promise<void>,
  onLost: () => void = () => undefined,
): Listener {
  assertIdentifier(channel);
  let current: pg.Client | undefined;

  const holdOneConnection = async (signal: AbortSignal): Promise<never> => {
    const client = new pg.Client({
      ...connectionSettings(url),
      application_name: `listen ${channel}`,
      keepAlive: true,
      connectionTimeoutMillis: 5000,
    });
    current = client;
    const ended = new Promise<void>((resolve) => {
      client.on('error', () => resolve());
      client.on('end', () => resolve());
    });
    try {
      client.on('notification', (message) => onNotify(message.payload ?? ''));
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      await onReconnect();
      await Promise.race([ended, watchLiveness(client, signal)]);
      throw new Error('the listening connection has ended');
    } finally {
      current = undefined;
      onLost();
      await client.end().catch(() => undefined);
    }
  };

  const loop = runLoop({
    round: holdOneConnection,
    backoff: { firstMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS },
    onFault: () => undefined,
  });
  return {
    close: async () => {
      const closed = loop.close();
      await current?.end().catch(() => undefined);
      await closed;
    },
  };
}

/** Resolves when the connection no longer answers, or on `signal`. */
async function watchLiveness(client: pg.Client, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await sleep(LIVENESS_INTERVAL_MS, undefined, { signal });
      await Promise.race([
        client.query('SELECT 1'),
        sleep(LIVENESS_INTERVAL_MS, undefined, { signal }).then(() => {
          throw new Error('the listening connection does not answer');
        }),
      ]);
    } catch {
      return;
    }
  }
}
