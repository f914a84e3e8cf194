import { databaseHost } from '../postgres/connection-settings.js';
import { isLoopback } from '../tls/index.js';
import { flag, text } from './entries.js';
import type { ConfigOf } from './read-config.js';

/** What decides whether plaintext is refused. */
export const PLAINTEXT_ENTRIES = {
  /**
   * `production` refuses plaintext, one replica, fault points and echo tasks; `development` and `test` have a
   * published master key; unset: neither.
   */
  nodeEnv: text('NODE_ENV', ''),
  /** Allows plaintext to servers elsewhere although `NODE_ENV=production`. */
  allowPlaintext: flag('FLOWS_ALLOW_PLAINTEXT', false),
};

/** A server as configured: the variable that names it, whether it is spoken to encrypted, and how to have it so. */
export type ConfiguredServer = {
  readonly variable: string;
  readonly addresses: readonly string[];
  readonly encrypted: boolean;
  readonly remedy: string;
};

/** In production nothing leaves this machine in plaintext, unless an operator insists. */
export function plaintextFaults(
  { nodeEnv, allowPlaintext }: Partial<ConfigOf<typeof PLAINTEXT_ENTRIES>>,
  servers: readonly ConfiguredServer[],
): readonly string[] {
  if (nodeEnv !== 'production' || allowPlaintext === true) return [];
  return servers
    .filter(({ encrypted, addresses }) => !encrypted && !addresses.every(isLoopback))
    .map(
      ({ variable, remedy }) =>
        `${variable} would be reached in plaintext, which NODE_ENV=production refuses: ${remedy}, or insist with FLOWS_ALLOW_PLAINTEXT=1`,
    );
}

/** A database as configured; none when its URL is not set. */
export function configuredDatabase(variable: string, url: string | undefined): readonly ConfiguredServer[] {
  if (url === undefined) return [];
  const encrypted = !['disable', null].includes(new URL(url).searchParams.get('sslmode'));
  return [{ variable, addresses: [databaseHost(url)], encrypted, remedy: 'set sslmode=verify-full in it' }];
}
