import type { ConsoleConfig } from './console-config.js';
import type { Credential } from './credential.js';
import { recall, remember } from './remembered.js';

const NAMES = 'names';

/**
 * Whom the console takes the reader for before anybody has signed in; null: it asks. Only where gateway headers are
 * believed: the names that were used last, the tenant that the operator has set, or whom a gateway in between vouches for.
 */
export async function firstCredential({ gatewayHeaders, tenantId }: ConsoleConfig): Promise<Credential | null> {
  if (!gatewayHeaders) return null;
  const names = recall(NAMES);
  if (names !== null) return namesOf(names);
  if (tenantId !== null) return { kind: 'gatewayHeaders', tenantId, subject: 'console' };
  const answer = await fetch('/v1/flows/me');
  if (!answer.ok) return null;
  const { actorId } = (await answer.json()) as { readonly actorId: string };
  return { kind: 'vouchedFor', subject: actorId };
}

/** Names are no secrets, so that a browser may remember them. @param credential null: somebody has signed out */
export function rememberNames(credential: Credential | null): void {
  if (credential?.kind === 'gatewayHeaders') {
    remember(NAMES, JSON.stringify([credential.tenantId, credential.subject]));
  } else if (credential === null) {
    remember(NAMES, '[]');
  }
}

function namesOf(text: string): Credential | null {
  const [tenantId, subject] = JSON.parse(text) as readonly (string | undefined)[];
  return tenantId === undefined || subject === undefined ? null : { kind: 'gatewayHeaders', tenantId, subject };
}
