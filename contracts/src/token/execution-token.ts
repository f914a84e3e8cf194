import { createHmac, timingSafeEqual } from 'node:crypto';
import { KEY_DERIVATION, workspaceKey } from './envelope.js';

export const MAX_TOKEN_TTL_MS = 24 * 60 * 60 * 1000;

export type TokenPayload = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly expiresAt: number;
  readonly jti: string;
  readonly keyDerivation: typeof KEY_DERIVATION;
};
export type TokenErrorCode = 'EXECUTION_TOKEN_INVALID' | 'EXECUTION_TOKEN_TENANT_MISMATCH' | 'EXECUTION_TOKEN_EXPIRED';
export type TokenVerdict =
  { readonly valid: true; readonly payload: TokenPayload } | { readonly valid: false; readonly code: TokenErrorCode };

/** Lifetime of the token of one attempt (tasks 5.3), in ms. */
export function tokenTtlMs(startToCloseMs: number, upperBoundMs: number): number {
  return Math.min(MAX_TOKEN_TTL_MS, upperBoundMs, startToCloseMs + 60_000);
}

/** `base64url(payload) "." base64url(signature)`, no padding (tasks 5.2). */
export function mintToken(payload: TokenPayload, secret: string): string {
  const body = Buffer.from(JSON.stringify(payload), 'utf8');
  const mac = createHmac('sha256', workspaceKey(secret, payload.tenantId, payload.workspaceId))
    .update(body)
    .digest();
  return `${body.toString('base64url')}.${mac.toString('base64url')}`;
}

/**
 * Checks signature, then identity, then time (tasks 5.4).
 *
 * @param expected the run's own tenant and workspace
 * @param nowMs epoch milliseconds
 */
export function verifyToken(
  token: string,
  expected: { readonly tenantId: string; readonly workspaceId: string },
  secret: string,
  nowMs: number,
): TokenVerdict {
  const parsed = parseToken(token);
  if (parsed === undefined) return { valid: false, code: 'EXECUTION_TOKEN_INVALID' };
  const { payload, body, signature } = parsed;
  const mac = createHmac('sha256', workspaceKey(secret, payload.tenantId, payload.workspaceId))
    .update(body)
    .digest();
  if (mac.length !== signature.length || !timingSafeEqual(mac, signature)) {
    return { valid: false, code: 'EXECUTION_TOKEN_INVALID' };
  }
  if (payload.tenantId !== expected.tenantId || payload.workspaceId !== expected.workspaceId) {
    return { valid: false, code: 'EXECUTION_TOKEN_TENANT_MISMATCH' };
  }
  return payload.expiresAt > nowMs ? { valid: true, payload } : { valid: false, code: 'EXECUTION_TOKEN_EXPIRED' };
}

function parseToken(
  token: string,
): { readonly payload: TokenPayload; readonly body: Buffer; readonly signature: Buffer } | undefined {
  const match = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(token);
  if (match === null) return undefined;
  const body = Buffer.from(match[1] as string, 'base64url');
  const payload = parseJson(body.toString('utf8'));
  if (!isTokenPayload(payload)) return undefined;
  return { payload, body, signature: Buffer.from(match[2] as string, 'base64url') };
}

function isTokenPayload(value: unknown): value is TokenPayload {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  const texts = ['tenantId', 'workspaceId', 'jti'].every((key) => typeof fields[key] === 'string');
  return texts && typeof fields['expiresAt'] === 'number' && fields['keyDerivation'] === KEY_DERIVATION;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
