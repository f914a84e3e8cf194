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
const VARIABLES = {
  address: 'TEMPORAL_ADDRESS',
  tls: 'TEMPORAL_TLS',
  authorities: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  certificate: 'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
};
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/**
 * Asks the engine once, before a process relies on it. An engine that is away is no fault: it is waited for.
 *
 * @throws EngineAccessFault that says which variable to look at
 */
export async function assertEngineAccess(engine: EngineTarget, namespace: string): Promise<void> {
  const connection = Connection.lazy({ ...engine, interceptors: [] });
  try {
    await connection.withDeadline(Date.now() + CHECK_TIMEOUT_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (cause) {
    const why = explainEngineFault(cause, engine);
    if (why !== undefined) throw new EngineAccessFault(why, { cause });
  } finally {
    await connection.close();
  }
}

/** Says why the engine does not talk to us and which variable to look at; undefined for any other fault. */
export function explainEngineFault(cause: unknown, { tls }: EngineTarget): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code } = cause as { readonly code?: unknown };
  if (code === UNAUTHENTICATED || code === PERMISSION_DENIED) {
    return 'the engine refuses us: look at TEMPORAL_API_KEY (and at the client certificate, if it decides)';
  }
  const ofTls = explainTlsFault(cause, VARIABLES);
  if (ofTls !== undefined || tls !== false) return ofTls;
  return code === UNAVAILABLE && /closed|dropped/i.test(cause.message)
    ? 'the engine closed the connection without an answer: does this port want TLS (TEMPORAL_TLS)?'
    : undefined;
}
