import { createContext, use, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
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
  const credential = useRef(first);
  const [signIns, setSignIns] = useState(first === null ? 0 : 1);
  const [isSignedIn, setSignedIn] = useState(first !== null);
  const [wasRefused, setRefused] = useState(false);
  const signIn = useCallback((given: Credential) => {
    credential.current = given;
    rememberNames(given);
    setRefused(false);
    setSignIns((count) => count + 1);
    setSignedIn(true);
  }, []);
  const leave = useCallback(
    (isRefused: boolean) => {
      credential.current = null;
      void oidc?.forget();
      setRefused(isRefused);
      setSignedIn(false);
    },
    [oidc],
  );
  useEffect(() => {
    oidc?.onRenewed((renewed) => {
      if (credential.current?.kind === 'bearer') credential.current = renewed;
    });
  }, [oidc]);
  const session = useMemo((): Session | null => {
    const { current } = credential;
    if (!isSignedIn || current === null) return null;
    const signOut = (): void => {
      rememberNames(null);
      leave(false);
    };
    return {
      id: String(signIns),
      name: current.kind === 'apiKey' ? null : current.subject,
      flowplaneOf: flowplaneFor(
        () => credential.current,
        () => leave(true),
      ),
      signOut,
    };
  }, [isSignedIn, signIns, leave]);
  const state = useMemo(
    () => ({ config, oidc, session, wasRefused, signIn }),
    [config, oidc, session, wasRefused, signIn],
  );
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
