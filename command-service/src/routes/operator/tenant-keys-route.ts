import { randomUUID } from 'node:crypto';
import type { Command } from '@flowplane/contracts';
import { operatorRoute, param, type AccessOptions, type Answer, type Call } from '@flowplane/runtime/api';
import { stored } from '@flowplane/runtime/read-model';
import { DataKeyUnreadable, MasterKeyMissing, type Changed, type KeyChanges } from '@flowplane/runtime/secrets';
import { refusal } from '@flowplane/plumbing/http';
import type { FastifyInstance } from 'fastify';
import { metaWithoutKey } from '../../submit/command-meta.js';
import { submit } from '../../submit/submit.js';
import type { ShellContext } from '../shell-context.js';

/** Longest wait for the command of one tenant. */
const WAIT_MS = 30_000;
/** A tenant that is at its rate must not keep an operator from changing its key. */
const UNCOUNTED = { admit: () => undefined, charge: () => undefined };
const NOTHING: Changed = { changed: 0, unreadable: 0 };

export type TenantKeysContext = ShellContext & { readonly keyChanges: KeyChanges };

/**
 * Keys that secrets of tenants are encrypted with, for operators. The command is decided before a key is changed, so that
 * the log has every change with who asked for it, and none is made for a tenant that is being torn down.
 */
export function addTenantKeyRoutes(app: FastifyInstance, access: AccessOptions, context: TenantKeysContext): void {
  const { keyChanges } = context;

  operatorRoute(app, access, 'rewrapTenantKeys', async (call) => {
    const masterKeyId = masterKey(keyChanges);
    const counts = { tenants: 0, rewrapped: 0, reencrypted: 0, unreadable: 0, pending: 0 };
    for await (const page of keyChanges.waiting()) {
      for (const tenantId of page) {
        counts.tenants += 1;
        const answer = await decided(context, call, tenantId, { masterKeyId, dataKeyId: null });
        if (answer.status !== 200) {
          counts.pending += 1;
          continue;
        }
        const wrapped = await stored(keyChanges.rewrap(tenantId));
        const secrets = wrapped.unreadable > 0 ? NOTHING : await reencrypted(keyChanges, call, tenantId);
        counts.rewrapped += wrapped.changed;
        counts.reencrypted += secrets.changed;
        counts.unreadable += wrapped.unreadable + secrets.unreadable;
      }
    }
    return { status: 200, body: { masterKeyId, ...counts } };
  });

  operatorRoute(app, access, 'rotateTenantKey', async (call) => {
    const tenantId = param(call, 'tenantId');
    const masterKeyId = masterKey(keyChanges);
    if (!(await stored(keyChanges.hasKey(tenantId)))) {
      return { status: 200, body: { tenantId, keyId: null, reencrypted: 0, unreadable: 0 } };
    }
    const keyId = randomUUID();
    const answer = await decided(context, call, tenantId, { masterKeyId, dataKeyId: keyId });
    if (answer.status !== 200) return answer;
    const isMade = await stored(keyChanges.rotate(tenantId, keyId));
    const secrets = isMade ? await reencrypted(keyChanges, call, tenantId) : NOTHING;
    const body = {
      tenantId,
      keyId: isMade ? keyId : null,
      reencrypted: secrets.changed,
      unreadable: secrets.unreadable,
    };
    return { status: 200, body };
  });
}

/** @throws Refusal 503 SECRETS_UNAVAILABLE where no master key is configured */
function masterKey({ masterKeyId }: KeyChanges): string {
  if (masterKeyId === undefined) throw refusal('SECRETS_UNAVAILABLE');
  return masterKeyId;
}

/** @throws Refusal 503 SECRETS_UNAVAILABLE where the tenant's current key does not open, STORE_UNAVAILABLE */
async function reencrypted(keyChanges: KeyChanges, call: Call, tenantId: string): Promise<Changed> {
  try {
    return await keyChanges.reencrypt(tenantId, call.signal);
  } catch (cause) {
    if (cause instanceof MasterKeyMissing || cause instanceof DataKeyUnreadable) {
      throw Object.assign(refusal('SECRETS_UNAVAILABLE', { message: `${cause.message}.` }), { cause });
    }
    return stored(Promise.reject(cause));
  }
}

/** The answer to the command of one tenant: 200 once it is decided and may be carried out. */
function decided(
  context: ShellContext,
  operator: Call,
  tenantId: string,
  data: Extract<Command, { readonly type: 'ChangeTenantKey' }>['data'],
): Promise<Answer> {
  // Commands about a tenant belong to no workspace.
  const call = { ...operator, tenantId, workspaceId: '' };
  const command: Command = { type: 'ChangeTenantKey', meta: metaWithoutKey(call), data };
  return submit(
    { ...context, rates: UNCOUNTED },
    {
      call,
      preference: { waitMs: WAIT_MS, respondAsync: false, applied: null },
      command: () => Promise.resolve(command),
    },
  );
}
