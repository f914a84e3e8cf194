import type { CheckedAddresses } from '../outbound/checked-target.js';

/** A mail server, and how it is spoken to. */
export type SmtpServer = {
  /** Name or address without brackets; the certificate of the server must be made out to it. */
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
  readonly secure: boolean;
  /** Gives up where the server does not offer STARTTLS. */
  readonly requireTls: boolean;
  /** Certificates (PEM) that the server's is checked with, in place of the public ones. */
  readonly ca?: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Sender of messages that name none. */
  readonly from?: string;
  /** The only addresses to connect to; absent: those that the system knows for the host. */
  readonly addresses?: CheckedAddresses;
};

const DEFAULT_PORT = { 'smtp:': 587, 'smtps:': 465 } as const;

/**
 * Reads `smtp://user:password@host:port` or `smtps://…`. User and password are percent-encoded, both or neither are given.
 *
 * @throws Error whose message does not quote the URL
 */
export function parseSmtpUrl(text: string): Pick<SmtpServer, 'host' | 'port' | 'secure' | 'credentials'> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol;
  if (url === undefined || (scheme !== 'smtp:' && scheme !== 'smtps:') || url.hostname === '') {
    throw new Error('must be a URL such as smtps://user:password@mail.example.com:465');
  }
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new Error('must end with the port of the server');
  }
  if ((url.username === '') !== (url.password === '')) throw new Error('must have both user and password, or neither');
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORT[scheme] : Number(url.port),
    secure: scheme === 'smtps:',
    ...(url.username === ''
      ? {}
      : { credentials: { username: decoded(url.username), password: decoded(url.password) } }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('must have user and password percent-encoded');
  }
}
