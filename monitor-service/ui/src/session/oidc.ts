import { InMemoryWebStorage, UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';
import type { ConsoleConfig } from './console-config.js';
import type { Credential } from './credential.js';
import { recall, remember } from './remembered.js';

const BACK = '/ui/signed-in';
/** Set while somebody is signed in at the provider, so that a reload asks the provider and not the person. */
const MARK = 'oidc';

export type Oidc = {
  /** Leaves for the provider; comes back to the address that was shown. */
  readonly signIn: () => Promise<void>;
  /** Who has signed in at the provider, after a reload or coming back from there; null: nobody. */
  readonly first: () => Promise<Credential | null>;
  /** Is told of every token that takes the place of one that is about to end. */
  readonly onRenewed: (listener: (credential: Credential) => void) => void;
  readonly forget: () => Promise<void>;
};

/** Signing in by code and PKCE. Tokens are kept in memory only and renewed while the page is open. */
export function openOidc({ issuer, clientId }: NonNullable<ConsoleConfig['oidc']>): Oidc {
  const manager = new UserManager({
    ...{ authority: issuer, client_id: clientId, redirect_uri: location.origin + BACK, scope: 'openid' },
    silent_redirect_uri: location.origin + BACK,
    automaticSilentRenew: true,
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
  });
  const first = async (): Promise<User | null> => {
    if (location.pathname === BACK) {
      const user = await manager.signinRedirectCallback();
      history.replaceState(null, '', typeof user.state === 'string' ? user.state : '/ui/');
      return user;
    }
    return recall(MARK) === null ? null : manager.signinSilent().catch(() => null);
  };
  return {
    signIn: () => manager.signinRedirect({ state: addressNow() }),
    first: async () => {
      const user = await first();
      remember(MARK, user === null ? null : 'signed in');
      return user === null ? null : credentialOf(user);
    },
    onRenewed: (listener) => void manager.events.addUserLoaded((user) => listener(credentialOf(user))),
    forget: async () => {
      remember(MARK, null);
      await manager.removeUser();
    },
  };
}

/** In the frame in which a token is renewed: hands the provider's answer over to the page around it. */
export async function finishInFrame({ issuer, clientId }: NonNullable<ConsoleConfig['oidc']>): Promise<void> {
  const redirect = location.origin + BACK;
  await new UserManager({ authority: issuer, client_id: clientId, redirect_uri: redirect }).signinSilentCallback();
}

const addressNow = (): string => location.pathname + location.search + location.hash;

const credentialOf = ({ access_token: token, profile }: User): Credential => ({
  ...{ kind: 'bearer', token },
  subject: profile.preferred_username ?? profile.sub,
});
