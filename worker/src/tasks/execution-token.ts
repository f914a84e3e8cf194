import { randomUUID } from 'node:crypto';
import {
  KEY_DERIVATION,
  mintToken,
  tokenTtlMs,
  verifyEnvelope,
  verifyToken,
  type SignedEnvelope,
} from '@flowplane/contracts';
import { finalError } from './task-error.js';

export type TokenSettings = {
  /** FLOW_EXECUTION_TOKEN_SECRET. */
  readonly secret: string;
  /** FLOWS_EXECUTION_TOKEN_TTL: upper bound of a token's life, in ms. */
  readonly maxTtlMs: number;
  /** Epoch ms. */
  readonly now: () => number;
};

/** The tenant of a run, as its signature proves. @throws TaskError `UNAUTHENTICATED`, `EXECUTION_TOKEN_INVALID` */
export function verifiedTenant(tenant: unknown, settings: TokenSettings): SignedEnvelope {
  if (tenant === null || tenant === undefined) throw finalError('UNAUTHENTICATED', 'The task has no tenant.');
  if (!verifyEnvelope(tenant, settings.secret)) {
    throw finalError('EXECUTION_TOKEN_INVALID', 'The tenant envelope of the run is not valid.');
  }
  return tenant;
}

/** Mints the token of one attempt. */
export function mintAttemptToken(tenant: SignedEnvelope, startToCloseMs: number, settings: TokenSettings): string {
  const { tenantId, workspaceId } = tenant;
  const expiresAt = settings.now() + tokenTtlMs(startToCloseMs, settings.maxTtlMs);
  const payload = { tenantId, workspaceId, expiresAt, jti: randomUUID(), keyDerivation: KEY_DERIVATION } as const;
  return mintToken(payload, settings.secret);
}

const MESSAGES = {
  EXECUTION_TOKEN_INVALID: 'The execution token is not valid.',
  EXECUTION_TOKEN_TENANT_MISMATCH: 'The execution token is of another tenant or workspace.',
  EXECUTION_TOKEN_EXPIRED: 'The execution token has expired.',
} as const;

/** Checks a token as its receiver does (tasks 5.4). @throws TaskError with the code of tasks 5.4 */
export function requireToken(
  token: string,
  tenant: { readonly tenantId: string; readonly workspaceId: string },
  settings: TokenSettings,
): void {
  const verdict = verifyToken(token, tenant, settings.secret, settings.now());
  if (!verdict.valid) throw finalError(verdict.code, MESSAGES[verdict.code]);
}
