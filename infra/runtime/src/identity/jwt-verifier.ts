import { jwtIdentity, type Identity } from '@flowplane/contracts';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

export type JwtOptions = {
  /** FLOWS_JWKS_URL */
  readonly jwksUrl: string;
  /** FLOWS_JWT_ISSUER; undefined: any */
  readonly issuer: string | undefined;
  /** FLOWS_JWT_AUDIENCE; undefined: any */
  readonly audience: string | undefined;
};

/**
 * The identity a token proves, undefined when it proves none, `tenantless` where it is good and names no tenant.
 *
 * @throws Error when the keys cannot be fetched
 */
export type JwtVerifier = (token: string) => Promise<Identity | 'tenantless' | undefined>;

const ALGORITHMS = ['RS256', 'RS384', 'RS512'];
const FETCH_TIMEOUT_MS = 3000;

/** Checks tokens against a key set that is fetched when needed and kept; a new key id has it fetched again. */
export function makeJwtVerifier(options: JwtOptions): JwtVerifier {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: FETCH_TIMEOUT_MS });
  const expected = {
    algorithms: ALGORITHMS,
    requiredClaims: ['exp'],
    ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
    ...(options.audience === undefined ? {} : { audience: options.audience }),
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, expected);
      return (payload['tenant_id'] ?? '') === '' ? 'tenantless' : jwtIdentity(payload);
    } catch (error) {
      if (isTokensFault(error)) return undefined;
      throw new Error(`the keys of ${options.jwksUrl} cannot be fetched`, { cause: error });
    }
  };
}

/** What is wrong with the token, as opposed to the way to the keys. */
function isTokensFault(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}
