import { useState, type FormEvent } from 'react';
import { Problem } from '../parts/problem.js';
import { vouchedFor } from './first-credential.js';
import { useSessionState } from './session.js';

/** Shown in place of every page until somebody has signed in; then the page of the same address follows. */
export function SignInPage() {
  const { config, oidc, fault } = useSessionState();
  const [leaving, setLeaving] = useState<'no' | 'yes' | { readonly fault: string }>('no');
  const signIn = (): void => {
    setLeaving('yes');
    oidc?.signIn().catch((cause: unknown) => setLeaving({ fault: (cause as Error).message }));
  };
  const shown = typeof leaving === 'string' ? fault : leaving.fault;
  return (
    <main className="sign-in">
      <title>Sign in · Flowplane</title>
      <h1>Flowplane</h1>
      {shown !== null && (
        <p role="alert" className="notice notice-error">
          {shown}
        </p>
      )}
      {oidc !== null && (
        <div className="card form">
          <h2>With your account</h2>
          <button className="primary" disabled={leaving === 'yes'} onClick={signIn}>
            Sign in at {new URL(config.oidc?.issuer ?? location.origin).host}
          </button>
        </div>
      )}
      <KeyForm />
      {config.gatewayHeaders && config.tenantId === null && <VouchedForForm />}
      {config.gatewayHeaders && <NamesForm />}
    </main>
  );
}

function KeyForm() {
  const { signIn } = useSessionState();
  const [key, setKey] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn({ kind: 'apiKey', key: key.trim() });
  };
  return (
    <form className="card form" onSubmit={submit}>
      <h2>With an API key</h2>
      <label>
        API key
        <input
          {...{ name: 'key', type: 'password', autoComplete: 'one-time-code', spellCheck: false, required: true }}
          placeholder="flc_service_…"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
      </label>
      <p className="soft">It is kept in this page’s memory only, and asked for again after a reload.</p>
      <button className="primary">Sign in</button>
    </form>
  );
}

/** The way back for somebody who has signed out behind a gateway that knows who they are. */
function VouchedForForm() {
  const { signIn } = useSessionState();
  const [fault, setFault] = useState<unknown>();
  const [isAsking, setAsking] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFault(undefined);
    setAsking(true);
    try {
      const credential = await vouchedFor();
      if (credential === null) throw new Error('No gateway in front of Flowplane says who you are.');
      signIn(credential);
    } catch (cause) {
      setFault(cause);
      setAsking(false);
    }
  };
  return (
    <form className="card form" onSubmit={(event) => void submit(event)}>
      <h2>As whom the gateway names</h2>
      <p className="soft">A gateway in front of Flowplane may know who you are.</p>
      {fault !== undefined && <Problem cause={fault} />}
      <button className="primary" disabled={isAsking}>
        Go on as whom the gateway names
      </button>
    </form>
  );
}

function NamesForm() {
  const { signIn } = useSessionState();
  const [tenantId, setTenantId] = useState('demo');
  const [subject, setSubject] = useState('demo');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn({ kind: 'gatewayHeaders', tenantId: tenantId.trim(), subject: subject.trim() });
  };
  return (
    <form className="card form" onSubmit={submit}>
      <h2>As a tenant of this machine</h2>
      <p className="soft">
        This installation accepts any tenant and name without proof. That is for trying it out: <code>npm start</code>{' '}
        uses the tenant <code>demo</code>.
      </p>
      <label>
        Tenant
        <input name="tenant" required value={tenantId} onChange={(event) => setTenantId(event.target.value)} />
      </label>
      <label>
        Your name
        <input name="subject" required value={subject} onChange={(event) => setSubject(event.target.value)} />
      </label>
      <button>Continue</button>
    </form>
  );
}
