import type { ConnectionKind } from './kinds.js';

/** Draft-07 schemas of the parts of a connection. Closed: what is misspelt is refused, not kept. */
export type ConnectionSchema = {
  readonly endpoint: Readonly<Record<string, unknown>>;
  readonly secret: Readonly<Record<string, unknown>>;
};

const text = (maxLength: number): object => ({ type: 'string', minLength: 1, maxLength });
const URL_TEXT = { type: 'string', pattern: '^https?://', maxLength: 2048 };
const HOST = text(253);
const PORT = { type: 'integer', minimum: 1, maximum: 65_535 };
const PEM = text(16_384);
const CREDENTIAL = text(4096);
const NAME = text(256);
/** As a part of a host name: clients of S3 take no other. */
const REGION = { type: 'string', pattern: '^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$' };

const closed = (
  required: readonly string[],
  properties: Readonly<Record<string, unknown>>,
): Record<string, unknown> => ({
  ...{ type: 'object', additionalProperties: false, required, properties },
});

/** Members that each way of `auth` needs, of an `http` connection. */
export const HTTP_AUTH = {
  none: { endpoint: [], secret: [] },
  bearer: { endpoint: [], secret: ['token'] },
  basic: { endpoint: [], secret: ['username', 'password'] },
  header: { endpoint: ['headerName'], secret: ['value'] },
  oauth2: { endpoint: ['tokenUrl'], secret: ['clientId', 'clientSecret'] },
  mtls: { endpoint: [], secret: ['certificate', 'privateKey'] },
} as const;

export const CONNECTION_SCHEMAS: Readonly<Record<ConnectionKind, ConnectionSchema>> = {
  http: {
    endpoint: closed(['url', 'auth'], {
      url: URL_TEXT,
      auth: { enum: Object.keys(HTTP_AUTH) },
      headerName: { type: 'string', pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$" },
      tokenUrl: URL_TEXT,
      scope: text(1024),
      ca: PEM,
    }),
    secret: closed([], {
      token: CREDENTIAL,
      username: NAME,
      password: CREDENTIAL,
      value: CREDENTIAL,
      clientId: NAME,
      clientSecret: CREDENTIAL,
      certificate: PEM,
      privateKey: PEM,
    }),
  },
  postgres: {
    endpoint: closed(['host', 'port', 'database'], {
      host: HOST,
      port: PORT,
      database: NAME,
      tls: { enum: ['require', 'disable'] },
      ca: PEM,
    }),
    secret: closed(['user', 'password'], { user: NAME, password: CREDENTIAL }),
  },
  mongo: {
    endpoint: closed(['host', 'port', 'database'], {
      host: HOST,
      port: PORT,
      database: NAME,
      tls: { type: 'boolean' },
      ca: PEM,
      authSource: NAME,
    }),
    secret: closed([], { username: NAME, password: CREDENTIAL }),
  },
  s3: {
    endpoint: closed(['url', 'region', 'bucket'], { url: URL_TEXT, region: REGION, bucket: NAME }),
    secret: closed(['accessKeyId', 'secretAccessKey'], { accessKeyId: NAME, secretAccessKey: CREDENTIAL }),
  },
  smtp: {
    endpoint: closed(['host', 'port', 'secure'], { host: HOST, port: PORT, secure: { type: 'boolean' }, from: NAME }),
    secret: closed([], { username: NAME, password: CREDENTIAL }),
  },
  llm: { endpoint: closed(['url'], { url: URL_TEXT }), secret: closed(['apiKey'], { apiKey: CREDENTIAL }) },
  functions: { endpoint: closed(['url'], { url: URL_TEXT }), secret: closed(['token'], { token: CREDENTIAL }) },
};
