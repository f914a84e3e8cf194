import { connect as connectTls } from 'node:tls';
import { usesTemporalTls, type TemporalValues } from '@flowplane/plumbing/config';
import { explainTlsFault } from '@flowplane/plumbing/tls';
import { Connection, type TLSConfig } from '@temporalio/client';

/** How the engine is reached, as the client and the worker of the SDK both take it. */
export type EngineTarget = {
  readonly address: string;
  readonly tls: TLSConfig | false;
  readonly apiKey?: string;
};

/** The engine refuses us, or cannot be trusted: waiting does not cure it. */
export class EngineAccessFault extends Error {
  override readonly name = 'EngineAccessFault';
}

/** What the configuration says about the way to the engine. */
export function engineTarget(config: TemporalValues & { readonly temporalAddress: string }): EngineTarget {
  const {
    temporalTlsCa: ca,
    temporalTlsCert: crt,
    temporalTlsKey: key,
    temporalTlsServerName,
    temporalApiKey,
  } = config;
  return {
    address: config.temporalAddress,
    tls: usesTemporalTls(config) && {
      ...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
      ...(crt === undefined || key === undefined
        ? {}
        : { clientCertPair: { crt: Buffer.from(crt), key: Buffer.from(key) } }),
      ...(temporalTlsServerName === undefined ? {} : { serverNameOverride: temporalTlsServerName }),
    },
    ...(temporalApiKey === undefined ? {} : { apiKey: temporalApiKey }),
  };
}

const CHECK_TIMEOUT_MS = 5000;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
const VARIABLES = {
  address: 'TEMPORAL_ADDRESS',
  tls: 'TEMPORAL_TLS',
  authorities: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  certificate: 'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
};

/**
 * Asks the engine once, before a process relies on it. An engine that is away is no fault: it is waited for.
 *
 * @throws EngineAccessFault that says which variable to look at
 */
export async function assertEngineAccess(target: EngineTarget, namespace: string): Promise<void> {
  // A lazy connection reports why it cannot be made; `Connection.connect` only says that time is up.
  const connection = Connection.lazy({ ...target, interceptors: [] });
  try {
    await connection.withDeadline(Date.now() + CHECK_TIMEOUT_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (cause) {
    const refusal = asEngineAccessFault(cause);
    if (refusal !== undefined) throw refusal;
    if (target.tls === false && (await speaksTls(target.address))) {
      throw new EngineAccessFault('the engine wants TLS on this port: look at TEMPORAL_TLS', { cause });
    }
  } finally {
    await connection.close();
  }
}

/** The fault that says why the engine does not talk to us; undefined for any other cause. */
export function asEngineAccessFault(cause: unknown): EngineAccessFault | undefined {
  if (cause instanceof EngineAccessFault) return cause;
  const { code } = cause as { readonly code?: unknown };
  const isRefused = code === UNAUTHENTICATED || code === PERMISSION_DENIED;
  const why = isRefused
    ? 'the engine refuses us: look at TEMPORAL_API_KEY, and at the client certificate where that decides'
    : explainTlsFault(cause, VARIABLES);
  return why === undefined ? undefined : new EngineAccessFault(why, { cause });
}

/** Whether a TLS handshake succeeds at an address, whichever server answers there. */
function speaksTls(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tls://${address}`);
  return new Promise((resolve) => {
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(CHECK_TIMEOUT_MS, () => end(false));
    socket.once('secureConnect', () => end(true)).once('error', () => end(false));
  });
}
