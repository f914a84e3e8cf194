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

/** Everything that identifies a command; `withAttempt` gives the same for a later attempt. */
export function commandMeta(call: Call, nowMs: number): CommandMeta {
  return {
    commandId: randomUUID(),
    tenantId: call.tenantId,
    workspaceId: call.workspaceId,
    actorId: call.identity.actorId,
    actorRoles: [...call.identity.roles],
    correlationId: call.correlationId,
    traceparent: call.traceparent,
    submittedAt: nowMs,
    attempt: 1,
    idempotency: idempotencyOf(call),
  };
}
