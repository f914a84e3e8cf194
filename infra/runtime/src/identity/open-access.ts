import { gatewayTrust } from '@flowplane/contracts';
import { Refusal, refusal } from '@flowplane/plumbing/http';
import { type AccessOptions, type SignedAccess } from '../api/index.js';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Pool } from '@flowplane/plumbing/postgres';
import { isLoopback } from '@flowplane/plumbing/tls';
import { makeWorkspaceOwners } from '../tenancy/index.js';
import { makeApiKeys } from './api-keys.js';
import { makeIdentifyAny } from './credentials.js';
import { makeJwtVerifier } from './jwt-verifier.js';

/** The entries of `HTTP_ENTRIES` that say who may call. */
export type AccessConfig = {
  /** HOST: where the service listens. */
  readonly host: string;
  readonly gatewaySecret: string | undefined;
  /** FLOWS_TRUST_GATEWAY_HEADERS; undefined: not set. */
  readonly trustGatewayHeaders: boolean | undefined;
  readonly jwksUrl: string | undefined;
  readonly jwtIssuer: string | undefined;
  readonly jwtAudience: string | undefined;
  readonly jwtLeewayMs: number;
  readonly workspaceBinding: AccessOptions['binding'];
  readonly workspaceRegistry: AccessOptions['registry'];
};

const RETRY_AFTER_S = 2;
const BARE =
  'identity headers are believed from every client that reaches this address: set GATEWAY_SHARED_SECRET, or let nothing but the gateway reach it';

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/**
 * Who calls and what they may do, as every HTTP service asks it, over the state database. Where that or the key set
 * cannot be reached, requests that need it are answered 503 `STORE_UNAVAILABLE`. Warns where identity headers are believed
 * from other machines without proof.
 */
export function openAccess(
  config: AccessConfig,
  statePool: Pool,
  logger: Pick<Logger, 'warn'>,
): AccessOptions & SignedAccess {
  const { jwksUrl } = config;
  const trust = gatewayTrust({ ...config, trusted: config.trustGatewayHeaders });
  if (trust.believed && trust.secret === undefined && !isLoopback(bracketed(config.host)))
    logger.warn({ host: config.host }, BARE);
  const orUnavailable = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (err) {
      if (err instanceof Refusal) throw err;
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
        : makeJwtVerifier({
            ...{ jwksUrl, issuer: config.jwtIssuer, audience: config.jwtAudience },
            leewayMs: config.jwtLeewayMs,
          }),
    gatewayTrust: trust,
  });
  return {
    credentials: [
      'apiKey',
      ...(jwksUrl === undefined ? [] : ['bearer']),
      ...(trust.believed ? ['gatewayHeaders'] : []),
    ],
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
