import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** How to connect, for the driver: the URL without what it says about TLS, and TLS as Node wants it. */
export type ConnectionSettings = {
  readonly connectionString: string;
  readonly ssl: false | ConnectionOptions;
};

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

/**
 * Reads the URL of a database, with `sslmode`, `sslrootcert`, `sslcert` and `sslkey` as libpq means them (the driver
 * takes every mode for `verify-full`). Without `sslmode` the connection is in plaintext, whatever `PGSSLMODE` says.
 *
 * @throws Error that says what is expected, and no part of the URL
 */
export function connectionSettings(text: string): ConnectionSettings {
  const url = databaseUrl(text);
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const [sslmode = 'disable', sslrootcert, sslcert, sslkey] = TLS_PARAMETERS.map(parameter);
  const mode = MODES.find((candidate) => candidate === sslmode);
  if (mode === undefined) throw new Error(`must have an sslmode of ${MODES.join(', ')}`);
  for (const name of TLS_PARAMETERS) url.searchParams.delete(name);
  const unknown = [...url.searchParams.keys()].find((name) => name.startsWith('ssl'));
  if (unknown !== undefined) throw new Error(`has the parameter ${unknown}, which is not supported: use sslmode`);
  const connectionString = url.toString();
  if (mode === 'disable') {
    if ((sslrootcert ?? sslcert ?? sslkey) !== undefined)
      throw new Error('has certificates, but no sslmode that uses them');
    return { connectionString, ssl: false };
  }
  if ((sslcert === undefined) !== (sslkey === undefined)) throw new Error('must have both sslcert and sslkey, or none');
  if (mode === 'verify-ca' && sslrootcert === undefined)
    throw new Error('must have sslrootcert with sslmode=verify-ca');
  // As libpq has it: with an authority at hand, `require` checks who signed the certificate.
  const anybody = mode === 'require' && sslrootcert === undefined;
  const anyName = mode !== 'verify-full' ? { checkServerIdentity: () => undefined } : {};
  return {
    connectionString,
    ssl: {
      rejectUnauthorized: !anybody,
      ...anyName,
      ...(sslrootcert === undefined || sslrootcert === 'system'
        ? {}
        : { ca: readParameter('sslrootcert', sslrootcert) }),
      ...(sslcert === undefined ? {} : { cert: readParameter('sslcert', sslcert) }),
      ...(sslkey === undefined ? {} : { key: readParameter('sslkey', sslkey) }),
    },
  };
}

/** Host that a database URL names: `localhost` for a socket of this machine, empty when `PGHOST` may decide. */
export function databaseHost(text: string): string {
  const url = databaseUrl(text);
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  return host.startsWith('/') ? 'localhost' : host;
}

function databaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol) || !/^\/[^/]+$/.test(url.pathname)) {
    throw new Error('must be postgres://user:password@host:port/database');
  }
  return url;
}

function readParameter(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`names a file in ${name} that cannot be read (${code})`, { cause });
  }
}
