import { isOversizedKey, type Connection } from '@flowplane/contracts';
import { parseTarget } from '../outbound/checked-target.js';
import { finalError } from '../task-error.js';
import type { TlsFiles } from '../outbound/http-exchange.js';
import type { OauthClient } from '../outbound/oauth-tokens.js';
import type { TaskAttempt } from '../task-handler.js';

/** What a connection gives a request. */
export type ConnectionAccess = {
  readonly base: URL;
  readonly tls: TlsFiles;
  /** Headers with the credentials; none where a token is fetched for them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly oauth: OauthClient | undefined;
  /** What no answer may show. */
  readonly credentials: readonly string[];
};

/** Of the connection and not of the credentials: they would say where the request goes, or where it ends. */
const NOT_CREDENTIALS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect', 'upgrade']);

/** @throws TaskError `VALIDATION_ERROR`, for what no request could carry */
export function accessOf(connection: Connection<'http'>, { tenant }: TaskAttempt): ConnectionAccess {
  const { endpoint, secret, name, version } = connection;
  // A member that its way of authorization needs is there: the connection was checked when it was made.
  const { token = '', username = '', password = '', value = '', clientId = '', clientSecret = '' } = secret;
  const ca = endpoint.ca === undefined ? {} : { ca: endpoint.ca };
  // Names are no proof of anything, and answers of an API may well have them.
  const credentials = [token, password, value, clientSecret];
  const bare = { tls: ca, headers: {}, oauth: undefined, credentials };
  const access: ConnectionAccess = { base: parseTarget(endpoint.url), ...bare };
  switch (endpoint.auth) {
    case 'none':
      return access;
    case 'bearer':
      return { ...access, headers: header('authorization', `Bearer ${token}`) };
    case 'basic': {
      const pair = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
      return { ...access, headers: header('authorization', `Basic ${pair}`), credentials: [...credentials, pair] };
    }
    case 'header':
      return { ...access, headers: header(endpoint.headerName ?? '', value) };
    case 'mtls':
      if (isOversizedKey(secret.privateKey ?? '')) {
        throw finalError(
          'VALIDATION_ERROR',
          'The private key of the connection is longer than one may be: put another.',
        );
      }
      return { ...access, tls: { ...ca, cert: secret.certificate ?? '', key: secret.privateKey ?? '' } };
    case 'oauth2':
      return {
        ...access,
        oauth: {
          key: JSON.stringify([tenant.tenantId, tenant.workspaceId, name, version]),
          ...{ tokenUrl: endpoint.tokenUrl ?? '', scope: endpoint.scope, clientId, clientSecret, tls: ca },
        },
      };
  }
}

function header(name: string, value: string): Record<string, string> {
  const lower = name.toLowerCase();
  if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(lower) || NOT_CREDENTIALS.has(lower)) {
    throw finalError('VALIDATION_ERROR', 'The header that the connection names cannot carry credentials.');
  }
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw finalError('VALIDATION_ERROR', 'The secret of the connection holds characters that no header can have.');
  }
  return { [lower]: value };
}
