import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { checkConnection } from './check-connection.js';
import { CONNECTION_KINDS } from './kinds.js';

type Body = Readonly<Record<string, unknown>>;

/** Nothing of the checks may say it. */
const SECRET = 'hunter2';
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
const rsaKey = (bits: number): string =>
  generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const place = { host: 'db.example.com', port: 5432, database: 'crm' };
const http = (auth: string, secret: Body, endpoint: Body = {}): Body => ({
  ...{ kind: 'http', endpoint: { url: 'https://crm.example.com/api/', auth, ...endpoint }, secret },
});

const GOOD: readonly Body[] = [
  { kind: 'http', endpoint: { url: 'http://crm.example.com', auth: 'none' } },
  http('bearer', { token: SECRET }),
  http('basic', { username: 'me', password: 'pässword' }),
  http('header', { value: SECRET }, { headerName: 'X-Token' }),
  http(
    'oauth2',
    { clientId: 'me', clientSecret: SECRET },
    { tokenUrl: 'https://id.example.com/token?tenant=1', scope: 'read write' },
  ),
  http('mtls', { certificate: CERTIFICATE + CERTIFICATE, privateKey: KEY }, { ca: CERTIFICATE }),
  http('mtls', { certificate: CERTIFICATE, privateKey: rsaKey(2048) }),
  { kind: 'postgres', endpoint: { ...place, tls: 'disable' }, secret: { user: 'me', password: SECRET } },
  { kind: 'mongo', endpoint: { ...place, tls: false, authSource: 'admin' }, secret: {} },
  { kind: 'mongo', endpoint: { ...place, host: '::1' }, secret: { username: 'me', password: SECRET } },
  {
    kind: 's3',
    endpoint: { url: 'https://s3.example.com', region: 'eu', bucket: 'b' },
    secret: { accessKeyId: 'AK', secretAccessKey: SECRET },
  },
  { kind: 'smtp', endpoint: { host: 'smtp.example.com', port: 25, secure: false, from: 'Me <me@example.com>' } },
  { kind: 'llm', endpoint: { url: 'https://llm.example.com/v1' }, secret: { apiKey: SECRET } },
  {
    kind: 'functions',
    endpoint: { url: 'https://f.example.com/' },
    secret: { token: SECRET },
    other: 'is passed over',
  },
];

it('takes every kind', () => {
  expect(new Set(GOOD.map(({ kind }) => kind))).toEqual(new Set(CONNECTION_KINDS));
});

test.each(GOOD)('%j fits', (body) => {
  const { kind, endpoint, secret = {} } = body;
  expect(checkConnection(body)).toEqual({ ok: true, connection: { kind, endpoint, secret } });
});

describe('what does not fit is named by its pointer, and never quoted', () => {
  const s3 = { url: 'https://s3.example.com', region: 'eu', bucket: 'b' };
  const keys = { accessKeyId: 'AK', secretAccessKey: SECRET };
  it.each<[string, Body]>([
    ['/kind', {}],
    ['/kind', { kind: SECRET }],
    ['/kind', { kind: 'toString' }],
    ['/endpoint', { kind: 'llm', secret: { apiKey: SECRET } }],
    ['/endpoint', { kind: 'llm', endpoint: SECRET, secret: { apiKey: SECRET } }],
    ['/endpoint/url', { kind: 'llm', endpoint: {}, secret: { apiKey: SECRET } }],
    ['/endpoint/apiKey', { kind: 'llm', endpoint: { url: 'https://x', apiKey: SECRET }, secret: { apiKey: 'k' } }],
    ['/secret/apiKey', { kind: 'llm', endpoint: { url: 'https://x' } }],
    ['/secret', { kind: 'llm', endpoint: { url: 'https://x' }, secret: null }],
    ['/secret', { kind: 'llm', endpoint: { url: 'https://x' }, secret: [SECRET] }],
    ['/secret/apiKey', { kind: 'llm', endpoint: { url: 'https://x' }, secret: { apiKey: { a: SECRET } } }],
    ['/secret/apiKey', { kind: 'llm', endpoint: { url: 'https://x' }, secret: { apiKey: `${SECRET}\r\nx: y` } }],
    ['/secret/apiKey', { kind: 'llm', endpoint: { url: 'https://x' }, secret: { apiKey: SECRET.repeat(600) } }],
    ['/secret/token', http('bearer', {})],
    ['/secret/username', http('bearer', { token: 't', username: SECRET })],
    ['/secret/token', http('none', { token: SECRET })],
    ['/endpoint/headerName', http('header', { value: SECRET })],
    ['/endpoint/headerName', http('header', { value: SECRET }, { headerName: 'Host' })],
    ['/endpoint/headerName', http('header', { value: SECRET }, { headerName: 'a b' })],
    ['/endpoint/tokenUrl', http('oauth2', { clientId: 'me', clientSecret: SECRET })],
    ['/secret/privateKey', http('mtls', { certificate: CERTIFICATE, privateKey: SECRET })],
    ['/secret/certificate', http('mtls', { certificate: KEY, privateKey: KEY })],
    ['/secret/privateKey', http('mtls', { certificate: CERTIFICATE, privateKey: rsaKey(4104) })],
    ['/endpoint/region', { kind: 's3', endpoint: { ...s3, region: 'no region' }, secret: keys }],
    ['/endpoint/ca', http('none', {}, { ca: CERTIFICATE + KEY })],
    ['/endpoint/auth', http('digest', {})],
    ['/endpoint/url', http('none', {}, { url: `https://me:${SECRET}@crm.example.com/` })],
    ['/endpoint/url', http('none', {}, { url: `https://crm.example.com/?key=${SECRET}` })],
    ['/endpoint/url', http('none', {}, { url: `https://crm.example.com/#${SECRET}` })],
    ['/endpoint/url', http('none', {}, { url: 'ftp://crm.example.com/' })],
    ['/endpoint/url', http('none', {}, { url: 'https://' })],
    ['/endpoint/port', { kind: 'postgres', endpoint: { ...place, port: 0 }, secret: { user: 'a', password: SECRET } }],
    [
      '/endpoint/host',
      { kind: 'postgres', endpoint: { ...place, host: `a:${SECRET}@b` }, secret: { user: 'a', password: SECRET } },
    ],
    ['/endpoint/tls', { kind: 'mongo', endpoint: { ...place, tls: 'require' }, secret: {} }],
    ['/secret/password', { kind: 'mongo', endpoint: place, secret: { username: 'me' } }],
    [
      '/secret/username',
      { kind: 'smtp', endpoint: { host: 'a', port: 25, secure: true }, secret: { password: SECRET } },
    ],
    ['/endpoint/from', { kind: 'smtp', endpoint: { host: 'a', port: 25, secure: true, from: 'a\r\nBcc: b' } }],
    ['/endpoint/secure', { kind: 'smtp', endpoint: { host: 'a', port: 25 } }],
    ['/endpoint/bucket', { kind: 's3', endpoint: { ...s3, bucket: undefined }, secret: keys }],
    ['/secret/secretAccessKey', { kind: 's3', endpoint: s3, secret: { accessKeyId: SECRET } }],
  ])('%s', (path, body) => {
    const checked = checkConnection(JSON.parse(JSON.stringify(body)) as Body);
    expect(checked).toMatchObject({ ok: false });
    const { faults } = checked as Extract<typeof checked, { readonly ok: false }>;
    expect(faults.map((fault) => fault.path)).toContain(path);
    expect(faults.every((fault) => fault.message.startsWith(`${fault.path} `))).toBe(true);
    expect(JSON.stringify(faults)).not.toContain(SECRET);
  });

  it('the first twenty', () => {
    const secret = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`a${index}`, SECRET]));
    const checked = checkConnection(http('none', secret));
    expect(checked).toMatchObject({ faults: { length: 20 } });
  });
});
