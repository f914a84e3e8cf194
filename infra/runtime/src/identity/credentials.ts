import { createHash, timingSafeEqual } from 'node:crypto';
import {
  apiKeyIdentity,
  bearerToken,
  gatewayIdentity,
  presentedApiKey,
  type ApiKeyRecord,
  type GatewayTrust,
  type HeaderReader,
  type Identity,
} from '@flowplane/contracts';
import type { JwtVerifier } from './jwt-verifier.js';

export type CredentialOptions = {
  readonly findApiKey: (key: string) => Promise<ApiKeyRecord | undefined>;
  /** Undefined: no FLOWS_JWKS_URL, bearer tokens that are no API keys are not looked at. */
  readonly verifyJwt: JwtVerifier | undefined;
  readonly gatewayTrust: GatewayTrust;
};

/**
 * The verified caller of a request, undefined for 401. The first credential that is present decides; a bad one never
 * falls through to the next (flows-api 2.1).
 *
 * @param queryKey the `apikey` query parameter, on the one route that reads it
 * @throws when a store or the key set cannot be reached
 */
export type IdentifyCaller = (header: HeaderReader, queryKey?: string) => Promise<Identity | undefined>;

export function makeIdentifyCaller(options: CredentialOptions): IdentifyCaller {
  const identify = makeIdentifyAny(options);
  return async (header, queryKey) => {
    const identity = await identify(header, queryKey);
    return identity === 'anonymous' ? undefined : identity;
  };
}

/** As `IdentifyCaller`; `anonymous` where no credential is present that names a tenant (flows-api 10.3). */
export type IdentifyAny = (header: HeaderReader, queryKey?: string) => Promise<Identity | 'anonymous' | undefined>;

export function makeIdentifyAny({ findApiKey, verifyJwt, gatewayTrust }: CredentialOptions): IdentifyAny {
  return async (header, queryKey) => {
    const apiKey = presentedApiKey(header, queryKey);
    if (apiKey !== undefined) {
      const record = await findApiKey(apiKey);
      return record === undefined ? undefined : apiKeyIdentity(record);
    }
    const token = verifyJwt === undefined ? undefined : bearerToken(header);
    if (token !== undefined) {
      const identity = await verifyJwt?.(token);
      return identity === 'tenantless' ? 'anonymous' : identity;
    }
    if ((header('x-tenant-id') ?? '') === '') return 'anonymous';
    return gatewayIdentity(header, { trust: gatewayTrust, secretsEqual });
  };
}

/** Digests first, so that neither content nor length shows in the time taken. */
function secretsEqual(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
