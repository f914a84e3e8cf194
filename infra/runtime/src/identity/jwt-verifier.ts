import { jwtIdentity, type Identity } from '@flowplane/contracts';
import { errors, jwtVerify } from 'jose';
import { makeIssuerKeys, type IssuerKeyOptions } from './issuer-keys.js';

export type JwtOptions = IssuerKeyOptions & {
  /** FLOWS_JWT_ISSUER; undefined: any */
  readonly issuer: string | undefined;
  /** FLOWS_JWT_AUDIENCE; undefined: any */
  readonly audience: string | undefined;
  /** FLOWS_JWT_LEEWAY: how far the issuer's clock may differ from ours. */
  readonly leewayMs: number;
};

/**
 * The identity a token proves, undefined when it proves none, `tenantless` where it is good and names no tenant.
 *
 * @throws Error when the keys cannot be fetched
 */
export type JwtVerifier = (token: string) => Promise<Identity | 'tenantless' | undefined>;

const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

/** Checks tokens against the issuer's keys and the clock. */
export function makeJwtVerifier(options: JwtOptions): JwtVerifier {
  const keys = makeIssuerKeys(options);
  const expected = {
    algorithms: ALGORITHMS,
    requiredClaims: ['exp'],
    clockTolerance: options.leewayMs / 1000,
    ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
    ...(options.audience === undefined ? {} : { audience: options.audience }),
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, expected);
      return [undefined, ''].includes(payload['tenant_id'] as string | undefined) ? 'tenantless' : jwtIdentity(payload);
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
