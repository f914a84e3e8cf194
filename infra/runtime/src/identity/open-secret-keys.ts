import { secretKeysOf, type SecretKeys } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';

const MISSING =
  'FLOW_TRIGGER_SECRET_KEY is not set: a publish with a webhook is refused, and no delivery is verified; NODE_ENV=development would use a key that everybody knows';
const PUBLISHED =
  'FLOW_TRIGGER_SECRET_KEY is not set: secrets of webhooks are encrypted with a key that is part of the source';

/** The keys of webhook secrets as configured; warns where there is none, or none that is secret. */
export function openSecretKeys(config: Parameters<typeof secretKeysOf>[0], logger: Pick<Logger, 'warn'>): SecretKeys {
  const keys = secretKeysOf(config);
  if (keys.origin !== 'configured') logger.warn(keys.origin === 'none' ? MISSING : PUBLISHED);
  return keys;
}
