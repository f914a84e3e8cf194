import { describe, expect, it } from 'vitest';
import { KEY_DERIVATION, signEnvelope, verifyEnvelope, workspaceKey, type TenantEnvelope } from './envelope.js';
import { mintToken, tokenTtlMs, verifyToken, type TokenPayload } from './execution-token.js';

const SECRET = 'a-secret-of-more-than-thirty-two-characters';
const run = { tenantId: 'T', workspaceId: 'W' };
const envelope: TenantEnvelope = {
  ...run,
  flowId: 'F',
  flowVersion: '1',
  executionId: 'T:W:F:1',
  keyDerivation: KEY_DERIVATION,
};
const payload: TokenPayload = { ...run, expiresAt: 2000, jti: 'j', keyDerivation: KEY_DERIVATION };

describe('tenant envelope', () => {
  const signed = signEnvelope(envelope, workspaceKey(SECRET, 'T', 'W'));
  it('is accepted under the secret it was signed with', () => {
    expect(verifyEnvelope(signed, SECRET)).toBe(true);
  });
  it.each([
    ['another tenant', { ...signed, tenantId: 'X' }],
    ['another execution', { ...signed, executionId: 'T:W:F:2' }],
    ['another derivation', { ...signed, keyDerivation: 'none' }],
    ['no signature', envelope],
    ['nothing', undefined],
  ])('is refused with %s', (_what, value) => {
    expect(verifyEnvelope(value, SECRET)).toBe(false);
  });
  it('is refused under another secret', () => {
    expect(verifyEnvelope(signed, SECRET.toUpperCase())).toBe(false);
  });
});

describe('execution token', () => {
  const token = mintToken(payload, SECRET);
  it('is valid until it expires', () => {
    expect(verifyToken(token, run, SECRET, 1999)).toEqual({ valid: true, payload });
    expect(verifyToken(token, run, SECRET, 2000)).toEqual({ valid: false, code: 'EXECUTION_TOKEN_EXPIRED' });
  });
  it('is of one tenant and workspace', () => {
    const verdict = verifyToken(token, { tenantId: 'T', workspaceId: 'V' }, SECRET, 0);
    expect(verdict).toEqual({ valid: false, code: 'EXECUTION_TOKEN_TENANT_MISMATCH' });
  });
  it.each(['', 'x', 'a.b', `${token}x`, token.replace('.', '..'), mintToken(payload, `${SECRET}!`)])(
    'refuses the forgery %#',
    (forged) => {
      expect(verifyToken(forged, run, SECRET, 0)).toEqual({ valid: false, code: 'EXECUTION_TOKEN_INVALID' });
    },
  );
  it('lives no longer than attempt, bound and 24 h allow', () => {
    expect(tokenTtlMs(60_000, 86_400_000)).toBe(120_000);
    expect(tokenTtlMs(60_000, 30_000)).toBe(30_000);
    expect(tokenTtlMs(1e12, 1e12)).toBe(86_400_000);
  });
});
