import type { ConsoleConfig } from './console-config.js';
import type { Credential } from './credential.js';
import { reached } from './reached.js';
import { recall, remember } from './remembered.js';

const NAMES = 'names';
/** In a tab in which somebody has signed out, they are asked whom to be. */
const SIGNED_OUT = 'flowplane.signed-out';

/**
 * Whom the console takes the reader for before anybody has signed in; null: it asks. Only where gateway headers are
 * believed: the names that were used last, the tenant that the operator has set, or whom a gateway in between vouches for.
 */
export async function firstCredential({ gatewayHeaders, tenantId }: ConsoleConfig): Promise<Credential | null> {
  if (!gatewayHeaders || sessionStorage.getItem(SIGNED_OUT) !== null) return null;
  const names = rememberedNames();
  if (names !== null) return names;
  return tenantId === null ? vouchedFor() : { kind: 'gatewayHeaders', tenantId, subject: 'console' };
}

/** Whom a gateway in between vouches for; null: nobody. */
export async function vouchedFor(): Promise<Credential | null> {
  const answer = await reached(fetch('/v1/flows/me'));
  if (!answer.ok) return null;
  const { actorId } = (await answer.json()) as { readonly actorId: string };
  return { kind: 'vouchedFor', subject: actorId };
}

/** Names are no secrets, so that a browser may remember them. @param credential null: somebody has signed out */
export function rememberNames(credential: Credential | null): void {
  if (credential === null) {
    remember(NAMES, null);
    sessionStorage.setItem(SIGNED_OUT, 'yes');
    return;
  }
  // Who has given a key is asked for it again after a reload, and not taken for somebody else.
  if (credential.kind !== 'gatewayHeaders' && credential.kind !== 'vouchedFor') return;
  sessionStorage.removeItem(SIGNED_OUT);
  if (credential.kind === 'vouchedFor') return;
  remember(NAMES, `${credential.tenantId}\n${credential.subject}`);
}

function rememberedNames(): Credential | null {
  const [tenantId, subject, ...more] = (recall(NAMES) ?? '').split('\n');
  return tenantId === undefined || tenantId === '' || subject === undefined || more.length > 0
    ? null
    : { kind: 'gatewayHeaders', tenantId, subject };
}
