import { InMemoryWebStorage, UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';
import type { OidcConfig } from './console-config.js';
import type { Credential } from './credential.js';
import { recall, remember } from './remembered.js';
import { signInFault } from './sign-in-fault.js';

const BACK = '/ui/signed-in';
/** Where the provider leads to after a sign-out. */
const SIGNED_OUT = '/ui/';
/** Set while somebody is signed in at the provider, so that a reload asks the provider and not the person. */
const MARK = 'oidc';

/** Who has signed in at the provider; a fault: why that has failed, and what to do about it. */
export type FirstSignIn = { readonly credential: Credential | null; readonly fault: string | null };

export type Oidc = {
  /** Leaves for the provider; comes back to the address that was shown. @throws Error whose message says what to do */
  readonly signIn: () => Promise<void>;
  /** After a reload, or coming back from the provider. */
  readonly first: () => Promise<FirstSignIn>;
  /** Called with every token that takes the place of one that is about to end. */
  readonly onRenewed: (listener: (credential: Credential) => void) => void;
  /** Another token, asked for at once; null: the provider gives none without asking the person. */
  readonly renew: () => Promise<Credential | null>;
  /** Forgets who was signed in here. */
  readonly forget: () => Promise<void>;
  /** Ends the session at the provider too, where that can be done: leaves for the provider then. */
  readonly signOut: () => Promise<void>;
};

/** Signing in by code and PKCE. Tokens are kept in memory only and renewed while the page is open. */
export function openOidc({ issuer, clientId, scope, audience }: OidcConfig): Oidc {
  const manager = new UserManager({
    ...{ authority: issuer, client_id: clientId, redirect_uri: location.origin + BACK, scope },
    ...(audience === null ? {} : { extraQueryParams: { audience } }),
    silent_redirect_uri: location.origin + BACK,
    post_logout_redirect_uri: location.origin + SIGNED_OUT,
    automaticSilentRenew: true,
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
  });
  const comeBack = async (): Promise<{ readonly user: User | null; readonly fault: string | null }> => {
    try {
      const user = await manager.signinRedirectCallback();
      history.replaceState(null, '', addressIn(user.state));
      return { user, fault: null };
    } catch (cause) {
      // The address must not be used again, and a reload is to lead on.
      history.replaceState(null, '', addressIn((cause as { readonly state?: unknown }).state));
      return { user: null, fault: signInFault(cause) };
    }
  };
  const first = async (): Promise<{ readonly user: User | null; readonly fault: string | null }> => {
    if (location.pathname === BACK) return comeBack();
    const user = recall(MARK) === null ? null : await manager.signinSilent().catch(() => null);
    return { user, fault: null };
  };
  const forget = async (): Promise<void> => {
    remember(MARK, null);
    await manager.removeUser();
  };
  return {
    signIn: () =>
      manager.signinRedirect({ state: addressNow() }).catch((cause: unknown) => {
        throw new Error(signInFault(cause), { cause });
      }),
    first: async () => {
      const { user, fault } = await first();
      remember(MARK, user === null ? null : 'signed in');
      return { credential: user === null ? null : credentialOf(user), fault };
    },
    onRenewed: (listener) => void manager.events.addUserLoaded((user) => listener(credentialOf(user))),
    renew: () =>
      manager.signinSilent().then(
        (user) => (user === null ? null : credentialOf(user)),
        () => null,
      ),
    forget,
    signOut: async () => {
      const endpoint = await manager.metadataService.getEndSessionEndpoint().catch(() => undefined);
      remember(MARK, null);
      if (endpoint === undefined) await manager.removeUser();
      else await manager.signoutRedirect();
    },
  };
}

/** In the frame in which a token is renewed: hands the provider's answer over to the page around it. */
export async function finishInFrame({ issuer, clientId }: OidcConfig): Promise<void> {
  const redirect = location.origin + BACK;
  await new UserManager({ authority: issuer, client_id: clientId, redirect_uri: redirect }).signinSilentCallback();
}

const addressNow = (): string => location.pathname + location.search + location.hash;

/** The address that was shown when somebody left for the provider. */
const addressIn = (state: unknown): string => (typeof state === 'string' ? state : '/ui/');

const credentialOf = ({ access_token: token, profile }: User): Credential => ({
  ...{ kind: 'bearer', token },
  subject: profile.preferred_username ?? profile.sub,
});
