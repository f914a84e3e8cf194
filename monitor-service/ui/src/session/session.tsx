import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { forgetUnsaved } from '../author/unsaved.js';
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
  /** Why nobody has signed in, and what to do; null: nobody has tried. */
  readonly fault: string | null;
  readonly signIn: (credential: Credential) => void;
};

const REFUSED = 'That credential was not accepted. It may be mistyped, removed or expired.';

const SessionContext = createContext<SessionState | null>(null);

type SessionProviderProps = {
  readonly config: ConsoleConfig;
  readonly oidc: Oidc | null;
  /** Whom the console begins with; null: nobody. */
  readonly first: Credential | null;
  /** Why nobody has signed in at the provider. */
  readonly firstFault: string | null;
  readonly children: ReactNode;
};

/**
 * Who has signed in. A key and a token are kept in memory only: after a reload a key is asked for again, and a provider
 * of identities is asked for a token. The names that a gateway would vouch for are no secrets; the browser remembers them.
 */
export function SessionProvider({ config, oidc, first, firstFault, children }: SessionProviderProps) {
  const [session, setSession] = useState<HeldSession | null>(() => (first === null ? null : newSession(first)));
  const [fault, setFault] = useState(firstFault);
  const signIn = useCallback((given: Credential) => {
    rememberNames(given);
    setFault(null);
    setSession(newSession(given));
  }, []);
  useEffect(() => {
    oidc?.onRenewed((renewed) => {
      if (session?.held.credential?.kind === 'bearer') session.held.credential = renewed;
    });
  }, [oidc, session]);
  const shown = useMemo((): Session | null => {
    if (session === null) return null;
    const { held } = session;
    const leave = (why: string | null): void => {
      held.credential = null;
      // Only where nobody else has signed in meanwhile.
      setSession((now) => (now === session ? null : now));
      setFault(why);
    };
    const signOut = (): void => {
      const isOfProvider = held.credential?.kind === 'bearer';
      rememberNames(null);
      forgetUnsaved();
      leave(null);
      void (isOfProvider ? oidc?.signOut() : oidc?.forget());
    };
    let renewing: Promise<Credential | null> | undefined;
    const flowplaneOf = flowplaneFor({
      now: () => held.credential,
      inPlaceOf: async (refused) => {
        if (held.credential !== refused) return held.credential; // renewed meanwhile
        if (refused.kind !== 'bearer' || oidc === null) return null;
        renewing ??= oidc.renew().finally(() => (renewing = undefined));
        const renewed = await renewing;
        if (renewed !== null && held.credential !== null) held.credential = renewed;
        return held.credential === null ? null : renewed;
      },
      onRefused: () => {
        if (held.credential === null) return;
        leave(REFUSED);
        void oidc?.forget();
      },
    });
    return { ...session, signOut, flowplaneOf };
  }, [oidc, session]);
  const state = useMemo(() => ({ config, oidc, session: shown, fault, signIn }), [config, oidc, shown, fault, signIn]);
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
