import type { Idempotency } from '@flowplane/contracts';
import { header, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { SecretStore } from '@flowplane/runtime/secrets';
import { keyedFingerprint } from './kept-secrets.js';

/**
 * As `idempotencyOf`, of a request whose body may hold credentials: the fingerprint is keyed (ADR 60).
 *
 * @param part of the request, where one request sends several commands
 * @throws Refusal 400 INVALID_IDEMPOTENCY_KEY, 503 SECRETS_UNAVAILABLE, STORE_UNAVAILABLE
 */
export async function keyedIdempotency(
  store: Pick<SecretStore, 'put' | 'get'>,
  call: Pick<Call, 'method' | 'url' | 'body' | 'tenantId' | 'headers'>,
  part = '',
): Promise<Idempotency | null> {
  const key = header(call, 'idempotency-key');
  if (key === undefined) return null;
  if (!/^[\x20-\x7e]{1,128}$/.test(key)) throw refusal('INVALID_IDEMPOTENCY_KEY');
  const { method, url, body, tenantId } = call;
  const fingerprint = await keyedFingerprint(store, tenantId, [method, url, body]);
  // Another command of the same request has another key, which no client can send.
  return { key: part === '' ? key : `${key}\n${part}`, fingerprint };
}
