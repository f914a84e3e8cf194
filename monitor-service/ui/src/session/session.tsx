import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react';
import type { Credential } from './credential.js';
import type { ConsoleConfig } from './console-config.js';
import { flowplaneFor, type FlowplaneOf } from './flowplane.js';
import { recall, remember } from './remembered.js';

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

/**
 * Who has signed in. A key and a token are kept in memory only: after a reload they are asked for again. The names that
 * a gateway would vouch for are no secrets; they are remembered in the browser.
 */
export function SessionProvider({
  config,
  children,
}: {
  readonly config: ConsoleConfig;
  readonly children: ReactNode;
}) {
  const [credential, setCredential] = useState<Credential | null>(() => rememberedNames(config));
  const [wasRefused, setRefused] = useState(false);
  const signIn = useCallback((given: Credential) => {
    if (given.kind === 'gatewayHeaders') remember('names', JSON.stringify([given.tenantId, given.subject]));
    setRefused(false);
    setCredential(given);
  }, []);
  const signOut = useCallback(() => {
    remember('names', null);
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

function rememberedNames(config: ConsoleConfig): Credential | null {
  if (!config.gatewayHeaders) return null;
  const [tenantId, subject] = JSON.parse(recall('names') ?? '[]') as string[];
  return tenantId === undefined || subject === undefined ? null : { kind: 'gatewayHeaders', tenantId, subject };
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
