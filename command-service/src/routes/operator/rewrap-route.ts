import type { Command, EncryptedSecret, RewrappedSecret } from '@flowplane/contracts';
import { operatorRoute, type AccessOptions, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { WebhookTrigger } from '@flowplane/runtime/read-model';
import type { FastifyInstance } from 'fastify';
import { metaWithoutKey } from '../../submit/command-meta.js';
import type { ShellContext } from '../shell-context.js';
import { submit } from '../../submit/submit.js';
import type { WebhookSecrets } from '../../webhook-secrets.js';

/** Longest wait for one page's commands. */
const WAIT_MS = 30_000;

/** Triggers of all tenants with their secrets that are under another key than this, in pages. */
export type ForeignSecrets = (keyId: string) => AsyncIterable<readonly WebhookTrigger[]>;

type Counts = { rewrapped: number; pending: number; unreadable: number };

/**
 * POST /v1/internal/flows/webhook-secrets/rewrap: encrypts every webhook secret that is under another key with the
 * present one, by one command per workspace and page. May be asked again, and does what is left.
 */
export function addRewrapRoute(
  app: FastifyInstance,
  access: AccessOptions,
  context: ShellContext & { readonly foreignSecrets: ForeignSecrets },
): void {
  operatorRoute(app, access, 'rewrapWebhookSecrets', async (call) => {
    const { secrets } = context.registering;
    const { keyId } = secrets;
    if (keyId === undefined) throw refusal('TRIGGER_REGISTRATION_FAILED');
    const counts: Counts = { rewrapped: 0, pending: 0, unreadable: 0 };
    for await (const page of context.foreignSecrets(keyId)) {
      const done = await Promise.all(byWorkspace(page).map((triggers) => rewrap(context, call, triggers, secrets)));
      for (const one of done) {
        counts.rewrapped += one.rewrapped;
        counts.pending += one.pending;
        counts.unreadable += one.unreadable;
      }
    }
    return { status: 200, body: { keyId, ...counts } };
  });
}

function byWorkspace(page: readonly WebhookTrigger[]): readonly (readonly WebhookTrigger[])[] {
  const groups = new Map<string, WebhookTrigger[]>();
  for (const one of page) {
    const key = `${one.tenantId}/${one.workspaceId}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** One command for triggers of one workspace. */
async function rewrap(
  context: ShellContext,
  operator: Call,
  triggers: readonly WebhookTrigger[],
  secrets: WebhookSecrets,
): Promise<Counts> {
  const sealed = triggers.map((trigger) => ({
    trigger,
    anew: trigger.secrets.map((secret): EncryptedSecret | undefined => secrets.rewrap(secret)),
  }));
  const readable = sealed.filter(({ anew }) => anew.every((secret) => secret !== undefined));
  const unreadable = sealed.length - readable.length;
  const [first] = triggers;
  const rewrapped = readable.flatMap(({ trigger: { flowId, triggerId }, anew }) =>
    anew.flatMap((secret): RewrappedSecret[] => (secret === undefined ? [] : [{ flowId, triggerId, secret }])),
  );
  if (first === undefined || rewrapped.length === 0) return { rewrapped: 0, pending: 0, unreadable };
  const call = { ...operator, tenantId: first.tenantId, workspaceId: first.workspaceId };
  const meta = metaWithoutKey(call);
  const command: Command = { type: 'RewrapWebhookSecrets', meta, data: { secrets: rewrapped } };
  const answer = await submit(context, {
    call,
    preference: { waitMs: WAIT_MS, respondAsync: false, applied: null },
    command: () => Promise.resolve(command),
  });
  const isDone = answer.status === 200;
  return { rewrapped: isDone ? readable.length : 0, pending: isDone ? 0 : readable.length, unreadable };
}
