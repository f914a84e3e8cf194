import type { Logger } from '@flowplane/plumbing/logging';
import type { Periodic } from '@flowplane/plumbing/periodic';
import type { Pool } from '@flowplane/plumbing/postgres';
import { connectionSecretsInUse, stored, templateSecretsInUse } from '@flowplane/runtime/read-model';
import { startSecretSweep, type SecretsInUse } from '@flowplane/runtime/secrets';
import { FINGERPRINT_SECRET } from './kept-secrets.js';

/** Who refers to secrets of tenants: templates, connections, and fingerprints of requests. */
export function secretsInUse(readPool: Pool): readonly SecretsInUse[] {
  return [
    (tenantId, secretIds) => stored(templateSecretsInUse(readPool, tenantId, secretIds)),
    (tenantId, secretIds) => stored(connectionSecretsInUse(readPool, tenantId, secretIds)),
    () => Promise.resolve(new Set([FINGERPRINT_SECRET])),
  ];
}

/** Has secrets removed, every hour, that nothing refers to. */
export const sweepUnusedSecrets = (options: {
  readonly readPool: Pool;
  readonly statePool: Pool;
  readonly logger: Logger;
  /** Whether the read models have all events of the log. */
  readonly isCaughtUp: () => Promise<boolean>;
}): Periodic => {
  const { readPool, statePool, logger, isCaughtUp } = options;
  return startSecretSweep({ pool: statePool, inUse: secretsInUse(readPool), isCaughtUp, logger });
};
