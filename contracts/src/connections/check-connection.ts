import { createPrivateKey } from 'node:crypto';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import { pointerTo } from '../flow/pointer.js';
import { ruleOf } from '../flow/structural-message.js';
import { CONNECTION_KINDS, type ConnectionEndpoints, type ConnectionKind, type ConnectionSecrets } from './kinds.js';
import { CONNECTION_SCHEMAS, HTTP_AUTH } from './schemas.js';

/** What a client puts: endpoint and secret fit the schemas of the kind. */
export type NewConnection = {
  readonly kind: ConnectionKind;
  readonly endpoint: Readonly<Record<string, unknown>>;
  readonly secret: Readonly<Record<string, unknown>>;
};

/** `path`: RFC 6901 pointer into the body. `message`: never a value of it. */
export type ConnectionFault = { readonly path: string; readonly message: string };

export type CheckedConnection =
  | { readonly ok: true; readonly connection: NewConnection }
  | { readonly ok: false; readonly faults: readonly ConnectionFault[] };

/** Faults that one answer names. */
const MAX_FAULTS = 20;

/** Checks the body of a PUT (tasks 9.1). Members beside `kind`, `endpoint` and `secret` are passed over. */
export function checkConnection(body: Readonly<Record<string, unknown>>): CheckedConnection {
  const kind = CONNECTION_KINDS.find((one) => one === body['kind']);
  if (kind === undefined) {
    return { ok: false, faults: [fault('/kind', `must be one of ${CONNECTION_KINDS.join(', ')}`)] };
  }
  const { endpoint, secret = {} } = body;
  const misfits = [...faultsOf(kind, 'endpoint', endpoint), ...faultsOf(kind, 'secret', secret)];
  if (misfits.length > 0) return { ok: false, faults: misfits.slice(0, MAX_FAULTS) };
  const connection = { kind, endpoint, secret } as NewConnection;
  const faults = [...placesOf(connection), ...textsOf(connection), ...credentialsOf(connection)];
  return faults.length > 0 ? { ok: false, faults: faults.slice(0, MAX_FAULTS) } : { ok: true, connection };
}

const fault = (path: string, rule: string): ConnectionFault => ({ path, message: `${path} ${rule}` });

type Part = 'endpoint' | 'secret';
const AJV = new Ajv({ strict: false, ownProperties: true, allErrors: true, verbose: true });
const VALIDATORS = new Map<string, ValidateFunction>();

function faultsOf(kind: ConnectionKind, part: Part, value: unknown): ConnectionFault[] {
  const key = `${kind}/${part}`;
  const validate = VALIDATORS.get(key) ?? AJV.compile(CONNECTION_SCHEMAS[kind][part]);
  VALIDATORS.set(key, validate);
  return validate(value) ? [] : (validate.errors ?? []).map((error) => schemaFault(part, error));
}

function schemaFault(part: Part, error: ErrorObject): ConnectionFault {
  const at = `/${part}${error.instancePath}`;
  const params = error.params as { readonly missingProperty?: string; readonly additionalProperty?: string };
  if (params.missingProperty !== undefined) return fault(pointerTo(at, params.missingProperty), 'is required');
  if (params.additionalProperty !== undefined) {
    return fault(pointerTo(at, params.additionalProperty), 'is no member of this kind of connection');
  }
  return fault(at, ruleOf(error));
}

/** Where requests go is shown to readers, so no credential may stand there. */
function placesOf({ endpoint }: NewConnection): ConnectionFault[] {
  const { url, tokenUrl, host, ca } = endpoint as Readonly<Record<string, string | undefined>>;
  return [
    ...(url === undefined ? [] : urlFaults('/endpoint/url', url, false)),
    ...(tokenUrl === undefined ? [] : urlFaults('/endpoint/tokenUrl', tokenUrl, true)),
    ...(host === undefined || /^[A-Za-z0-9._:-]+$/.test(host) ? [] : [fault('/endpoint/host', 'must be a host alone')]),
    ...(ca === undefined || isPem(ca, 'CERTIFICATE') ? [] : [fault('/endpoint/ca', 'must be certificates as PEM')]),
  ];
}

function urlFaults(path: string, text: string, mayHaveQuery: boolean): ConnectionFault[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return [fault(path, 'must be an http or https URL')];
  if (url.username !== '' || url.password !== '') return [fault(path, 'must not hold user or password: use secret')];
  const isLonger = text.includes('#') || (!mayHaveQuery && text.includes('?'));
  return isLonger ? [fault(path, mayHaveQuery ? 'must have no fragment' : 'must have no query and no fragment')] : [];
}

const isPem = (text: string, label: string): boolean => {
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, found = '']) => found);
  return labels.length > 0 && labels.every((found) => found.endsWith(label));
};

/** Each handshake signs with the key: with a longer one it would keep a worker from everything else for too long. */
const MAX_RSA_BITS = 4096;

/** Whether a private key is RSA and too long; what cannot be read is not. @param key PEM */
export function isOversizedKey(key: string): boolean {
  try {
    return (createPrivateKey(key).asymmetricKeyDetails?.modulusLength ?? 0) > MAX_RSA_BITS;
  } catch {
    return false;
  }
}

/** Secrets that are sent as (part of) an HTTP header, by kind. */
const IN_HEADERS: Readonly<Partial<Record<ConnectionKind, readonly string[]>>> = {
  http: ['token', 'value'],
  llm: ['apiKey'],
  functions: ['token'],
};
/** These describe the connection itself: nobody may set them. */
const NO_CREDENTIAL_HEADER = /^(?:host|connection|content-length|transfer-encoding)$/i;

function textsOf({ kind, endpoint, secret }: NewConnection): ConnectionFault[] {
  const inHeaders = (IN_HEADERS[kind] ?? []).filter((name) => !/^[\t\x20-\x7e]*$/.test(textIn(secret, name)));
  const { from = '', headerName = '' } = endpoint as Readonly<Record<string, string | undefined>>;
  return [
    ...inHeaders.map((name) => fault(`/secret/${name}`, 'must be ASCII without control characters')),
    ...(/[\r\n]/.test(from) ? [fault('/endpoint/from', 'must be one line')] : []),
    ...(NO_CREDENTIAL_HEADER.test(headerName) ? [fault('/endpoint/headerName', 'must be another header')] : []),
  ];
}

const textIn = (members: Readonly<Record<string, unknown>>, name: string): string =>
  typeof members[name] === 'string' ? members[name] : '';

/** Members that belong together: those of a way of `auth`, user and password. */
function credentialsOf(connection: NewConnection): ConnectionFault[] {
  if (connection.kind === 'http') return httpFaults(connection);
  if (connection.kind !== 'mongo' && connection.kind !== 'smtp') return [];
  const { username, password } = connection.secret as ConnectionSecrets['mongo'];
  if ((username === undefined) === (password === undefined)) return [];
  return [fault(`/secret/${username === undefined ? 'username' : 'password'}`, 'is required beside the other')];
}

function httpFaults({ endpoint, secret }: NewConnection): ConnectionFault[] {
  const { auth } = endpoint as ConnectionEndpoints['http'];
  const needed = HTTP_AUTH[auth];
  const absent = (part: Part, names: readonly string[], given: object): ConnectionFault[] =>
    names
      .filter((name) => !Object.hasOwn(given, name))
      .map((name) => fault(`/${part}/${name}`, `is required where auth is ${auth}`));
  const useless = Object.keys(secret).filter((name) => !needed.secret.some((one: string) => one === name));
  const { certificate, privateKey } = secret as ConnectionSecrets['http'];
  return [
    ...absent('endpoint', needed.endpoint, endpoint),
    ...absent('secret', needed.secret, secret),
    ...useless.map((name) => fault(`/secret/${name}`, `is of no use where auth is ${auth}`)),
    ...(certificate === undefined || isPem(certificate, 'CERTIFICATE')
      ? []
      : [fault('/secret/certificate', 'must be certificates as PEM')]),
    ...(privateKey === undefined || isPem(privateKey, 'PRIVATE KEY')
      ? []
      : [fault('/secret/privateKey', 'must be a private key as PEM')]),
    ...(privateKey !== undefined && isOversizedKey(privateKey)
      ? [fault('/secret/privateKey', `must not be an RSA key of more than ${MAX_RSA_BITS} bits`)]
      : []),
  ];
}
