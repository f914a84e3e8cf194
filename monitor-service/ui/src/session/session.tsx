import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { ConsoleConfig } from './console-config.js';
import type { Credential } from './credential.js';
import { rememberNames } from './first-credential.js';
import { flowplaneFor, type FlowplaneOf } from './flowplane.js';
import type { Oidc } from './oidc.js';

export type Session = {
  /** Another text for everybody who signs in. */
  readonly id: string;
  /** What the person is called; null: by an API key. */
  readonly name: string | null;
  readonly flowplaneOf: FlowplaneOf;
  readonly signOut: () => void;
};

type SessionState = {
  readonly config: ConsoleConfig;
  readonly oidc: Oidc | null;
  /** Null: nobody has signed in. */
  readonly session: Session | null;
  /** Whether the credential that was used last was refused. */
  readonly wasRefused: boolean;
  readonly signIn: (credential: Credential) => void;
};

const SessionContext = createContext<SessionState | null>(null);

type SessionProviderProps = {
  readonly config: ConsoleConfig;
  readonly oidc: Oidc | null;
  /** Whom the console begins with; null: nobody. */
  readonly first: Credential | null;
  readonly children: ReactNode;
};

/**
 * Who has signed in. A key and a token are kept in memory only: after a reload a key is asked for again, and a provider
 * of identities is asked for a token. The names that a gateway would vouch for are no secrets; the browser remembers them.
 */
export function SessionProvider({ config, oidc, first, children }: SessionProviderProps) {
  const [session, setSession] = useState<HeldSession | null>(() => (first === null ? null : newSession(first)));
  const [wasRefused, setRefused] = useState(false);
  const signIn = useCallback((given: Credential) => {
    rememberNames(given);
    setRefused(false);
    setSession(newSession(given));
  }, []);
  useEffect(() => {
    oidc?.onRenewed((renewed) => {
      if (session?.held.credential?.kind === 'bearer') session.held.credential = renewed;
    });
  }, [oidc, session]);
  const shown = useMemo((): Session | null => {
    if (session === null) return null;
    const leave = (isRefused: boolean): void => {
      session.held.credential = null;
      void oidc?.forget();
      // Only where nobody else has signed in meanwhile.
      setSession((now) => (now === session ? null : now));
      setRefused(isRefused);
    };
    const signOut = (): void => {
      rememberNames(null);
      leave(false);
    };
    const refused = (): void => {
      if (session.held.credential !== null) leave(true);
    };
    return { ...session, signOut, flowplaneOf: flowplaneFor(() => session.held.credential, refused) };
  }, [oidc, session]);
  const state = useMemo(
    () => ({ config, oidc, session: shown, wasRefused, signIn }),
    [config, oidc, shown, wasRefused, signIn],
  );
  return <SessionContext value={state}>{children}</SessionContext>;
}

/** A credential that is renewed, and taken away, under the calls that use it. */
type HeldSession = Pick<Session, 'id' | 'name'> & { readonly held: { credential: Credential | null } };

let sessions = 0;

const newSession = (credential: Credential): HeldSession => ({
  id: String((sessions += 1)),
  name: credential.kind === 'apiKey' ? null : credential.subject,
  held: { credential },
});

export function useSessionState(): SessionState {
  const state = use(SessionContext);
  if (state === null) throw new Error('a page stands outside of SessionProvider');
  return state;
}

/** Of pages that are shown to people who have signed in. */
export function useSession(): Session {
  const { session } = useSessionState();
  if (session === null) throw new Error('nobody has signed in');
  return session;
}
