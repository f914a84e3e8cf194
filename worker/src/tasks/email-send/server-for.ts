import { DEFAULT_CONNECTION } from '@flowplane/contracts';
import type { ResolveConnection } from '../connections/resolve-connection.js';
import { isAllowedPair, type AllowedHosts } from '../outbound/allowed-hosts.js';
import { checkHost, type Resolve } from '../outbound/checked-target.js';
import { finalError } from '../task-error.js';
import type { TaskAttempt } from '../task-handler.js';
import type { SmtpServer } from './smtp-server.js';

export type SmtpServerPorts = {
  /** The operator's server; undefined where FLOWS_SMTP_URL is not set. */
  readonly server: SmtpServer | undefined;
  readonly connections: ResolveConnection;
  readonly allowedHosts: AllowedHosts;
  readonly resolve: Resolve;
};

/**
 * The mail server that a connection of the workspace names, or the operator's.
 *
 * @throws TaskError as `ResolveConnection` and `checkHost` do; `CAPABILITY_UNAVAILABLE` where the operator has none
 */
export async function serverFor(name: string, attempt: TaskAttempt, ports: SmtpServerPorts): Promise<SmtpServer> {
  if (name !== DEFAULT_CONNECTION) return connectedServer(name, attempt, ports);
  if (ports.server !== undefined) return ports.server;
  throw finalError('CAPABILITY_UNAVAILABLE', "Tasks of type 'email.send' are not configured here.");
}

/** A server that a tenant chose: only its checked addresses are spoken to, and no password crosses the net in plaintext. */
async function connectedServer(name: string, attempt: TaskAttempt, ports: SmtpServerPorts): Promise<SmtpServer> {
  const { endpoint, secret } = await ports.connections('smtp', name, attempt);
  const { host, port, secure, from } = endpoint;
  const { username, password } = secret;
  const addresses = await checkHost(host, port, ports.allowedHosts, ports.resolve);
  const hasCredentials = username !== undefined && password !== undefined;
  const isOpened = isAllowedPair(host.toLowerCase(), port, ports.allowedHosts);
  return {
    ...{ host: host.replace(/^\[(.*)\]$/, '$1'), port, secure, addresses },
    requireTls: hasCredentials && !secure && !isOpened,
    ...(hasCredentials ? { credentials: { username, password } } : {}),
    ...(from === undefined ? {} : { from }),
  };
}
