import { refusal } from '@flowplane/plumbing/http';
import { type AccessOptions, type SignedAccess } from '../api/index.js';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Pool } from '@flowplane/plumbing/postgres';
import { makeWorkspaceOwners } from '../tenancy/index.js';
import { makeApiKeys } from './api-keys.js';
import { makeIdentifyAny } from './credentials.js';
import { makeJwtVerifier } from './jwt-verifier.js';

/** The entries of `HTTP_ENTRIES` that say who may call. */
export type AccessConfig = {
  readonly gatewaySecret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly jwtIssuer: string | undefined;
  readonly jwtAudience: string | undefined;
  readonly workspaceBinding: AccessOptions['binding'];
  readonly workspaceRegistry: AccessOptions['registry'];
};

const RETRY_AFTER_S = 2;

/**
 * Who calls and what they may do, as every HTTP service asks it, over the state database. Where that or the key set
 * cannot be reached, requests that need it are answered 503 `STORE_UNAVAILABLE`.
 */
export function openAccess(
  config: AccessConfig,
  statePool: Pool,
  logger: Pick<Logger, 'warn'>,
): AccessOptions & SignedAccess {
  const { jwksUrl, gatewaySecret } = config;
  const orUnavailable = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (err) {
      logger.warn({ err }, 'identity cannot be checked');
      throw refusal('STORE_UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_S });
    }
  };
  const owners = makeWorkspaceOwners(statePool);
  const identify = makeIdentifyAny({
    findApiKey: makeApiKeys(statePool).find,
    verifyJwt:
      jwksUrl === undefined
        ? undefined
        : makeJwtVerifier({ jwksUrl, issuer: config.jwtIssuer, audience: config.jwtAudience }),
    gatewaySecret,
  });
  return {
    identify: async (header, queryKey) => {
      const identity = await orUnavailable(identify(header, queryKey));
      return identity === 'anonymous' ? undefined : identity;
    },
    identifyAny: (header) => orUnavailable(identify(header)),
    binding: config.workspaceBinding,
    registry: config.workspaceRegistry,
    ownerOf: (workspaceId) => orUnavailable(owners.ownerOf(workspaceId)),
  };
}
