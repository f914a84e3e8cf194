import { createHmac, timingSafeEqual } from 'node:crypto';

export const KEY_DERIVATION = 'hmac-v1' as const;

/** What a run is, as the executor vouches for it (tasks 5.1). No expiry: waits of many days work. */
export type TenantEnvelope = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly flowVersion: string;
  readonly executionId: string;
  readonly keyDerivation: typeof KEY_DERIVATION;
};
export type SignedEnvelope = TenantEnvelope & { readonly signature: string };

const MAX_CACHED_KEYS = 1000;
const CACHED_KEYS = new Map<string, Buffer>();

/** Key of one workspace (tasks 5.2), from FLOW_EXECUTION_TOKEN_SECRET. It never changes, and every attempt needs it. */
export function workspaceKey(secret: string, tenantId: string, workspaceId: string): Buffer {
  const identity = `${tenantId}\n${workspaceId}`;
  const cacheKey = `${identity}\n${secret}`;
  const known = CACHED_KEYS.get(cacheKey);
  if (known !== undefined) return known;
  const key = createHmac('sha256', secret).update(identity, 'utf8').digest();
  if (CACHED_KEYS.size >= MAX_CACHED_KEYS) CACHED_KEYS.clear();
  CACHED_KEYS.set(cacheKey, key);
  return key;
}

function canonicalJson(envelope: TenantEnvelope): string {
  const { executionId, flowId, flowVersion, keyDerivation, tenantId, workspaceId } = envelope;
  return JSON.stringify({ executionId, flowId, flowVersion, keyDerivation, tenantId, workspaceId });
}

function envelopeMac(envelope: TenantEnvelope, key: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(`flows-envelope-v1\n${canonicalJson(envelope)}`, 'utf8')
    .digest();
}

/** @param key of the envelope's own workspace, see `workspaceKey` */
export function signEnvelope(envelope: TenantEnvelope, key: Buffer): SignedEnvelope {
  return { ...envelope, signature: envelopeMac(envelope, key).toString('base64url') };
}

/** True when `value` is an envelope signed under its own workspace's key. Constant time in the signature. */
export function verifyEnvelope(value: unknown, secret: string): value is SignedEnvelope {
  if (!isSignedEnvelope(value) || value.keyDerivation !== KEY_DERIVATION) return false;
  const expected = envelopeMac(value, workspaceKey(secret, value.tenantId, value.workspaceId));
  const given = Buffer.from(value.signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const ENVELOPE_KEYS = ['tenantId', 'workspaceId', 'flowId', 'flowVersion', 'executionId', 'keyDerivation', 'signature'];

function isSignedEnvelope(value: unknown): value is SignedEnvelope {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return ENVELOPE_KEYS.every((key) => typeof fields[key] === 'string');
}
