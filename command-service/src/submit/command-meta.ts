import { createHash, randomUUID } from 'node:crypto';
import type { CommandMeta, Idempotency } from '@flowplane/contracts';
import { header, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';

/** Idempotency-Key and the fingerprint of what it stands for: method, path and body (flows-api 3.5). */
export function idempotencyOf(call: Call): Idempotency | null {
  const key = header(call, 'idempotency-key');
  if (key === undefined) return null;
  if (!/^[\x20-\x7e]{1,128}$/.test(key)) throw refusal('INVALID_IDEMPOTENCY_KEY');
  const fingerprint = createHash('sha256')
    .update(`${call.method}\n${call.url}\n`)
    .update(call.body)
    .digest('base64url');
  return { key, fingerprint };
}

/** Everything that identifies a command; the same for its later attempts, but for the attempt. */
export const commandMeta = (call: Call): CommandMeta => ({ ...metaWithoutKey(call), idempotency: idempotencyOf(call) });

/** As `commandMeta` where an Idempotency-Key does not count. */
export const metaWithoutKey = (call: Call): CommandMeta => ({
  commandId: randomUUID(),
  tenantId: call.tenantId,
  workspaceId: call.workspaceId,
  actorId: call.identity.actorId,
  actorRoles: [...call.identity.roles],
  correlationId: call.correlationId,
  traceparent: call.traceparent,
  submittedAt: Date.now(),
  attempt: 1,
  idempotency: null,
});
