import type { Credential } from './credential.js';
import { credentialHeaders } from './credential.js';

/** Who is asking, while requests go on. */
export type CredentialSource = {
  /** That counts now; null: they have signed out. */
  readonly now: () => Credential | null;
  /** One in the place of another that was refused; null: there is none. */
  readonly inPlaceOf: (refused: Credential) => Promise<Credential | null>;
  /** Called when nothing else is accepted either. */
  readonly onRefused: () => void;
};

type Fetch = typeof fetch;

/**
 * `fetch` as somebody. A credential that is refused is replaced once, without the person: after a computer's sleep a token
 * has ended before anybody could renew it.
 */
export function authorizedFetch(source: CredentialSource, send: Fetch): Fetch {
  const sendAs = (credential: Credential, url: Parameters<Fetch>[0], init: RequestInit = {}): Promise<Response> => {
    const headers = { ...(init.headers as Record<string, string> | undefined), ...credentialHeaders(credential) };
    return send(url, { ...init, headers });
  };
  return async (url, init) => {
    const credential = source.now();
    if (credential === null) throw new Error('You have signed out.');
    const answer = await sendAs(credential, url, init);
    if (answer.status !== 401) return answer;
    const other = await source.inPlaceOf(credential);
    const again = other === null ? answer : await sendAs(other, url, init);
    if (again.status === 401) source.onRefused();
    return again;
  };
}
