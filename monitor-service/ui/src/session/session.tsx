import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react';
import type { Credential } from './credential.js';
import { rememberNames } from './first-credential.js';
import type { ConsoleConfig } from './console-config.js';
import { flowplaneFor, type FlowplaneOf } from './flowplane.js';

export type Session = {
  readonly config: ConsoleConfig;
  readonly credential: Credential;
  readonly flowplaneOf: FlowplaneOf;
  readonly signOut: () => void;
};

type SessionState = {
  readonly config: ConsoleConfig;
  /** Null: nobody has signed in. */
  readonly session: Session | null;
  /** Whether the credential that was used last was refused. */
  readonly wasRefused: boolean;
  readonly signIn: (credential: Credential) => void;
};

const SessionContext = createContext<SessionState | null>(null);

type SessionProviderProps = {
  readonly config: ConsoleConfig;
  /** Whom the console begins with; null: nobody. */
  readonly first: Credential | null;
  readonly children: ReactNode;
};

/**
 * Who has signed in. A key and a token are kept in memory only: after a reload they are asked for again. The names that
 * a gateway would vouch for are no secrets; they are remembered in the browser.
 */
export function SessionProvider({ config, first, children }: SessionProviderProps) {
  const [credential, setCredential] = useState(first);
  const [wasRefused, setRefused] = useState(false);
  const signIn = useCallback((given: Credential) => {
    rememberNames(given);
    setRefused(false);
    setCredential(given);
  }, []);
  const signOut = useCallback(() => {
    rememberNames(null);
    setCredential(null);
  }, []);
  const session = useMemo(() => {
    if (credential === null) return null;
    const refused = (): void => {
      setRefused(true);
      setCredential(null);
    };
    return { config, credential, flowplaneOf: flowplaneFor(credential, refused), signOut };
  }, [config, credential, signOut]);
  const state = useMemo(() => ({ config, session, wasRefused, signIn }), [config, session, wasRefused, signIn]);
  return <SessionContext value={state}>{children}</SessionContext>;
}

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
