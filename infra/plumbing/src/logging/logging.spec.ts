import { expect, it } from 'vitest';
import { makeLogger } from './index.js';

const ENV = {
  FLOW_EXECUTION_TOKEN_SECRET: 'execution-token-secret-of-forty-characters',
  GATEWAY_SHARED_SECRET: 'gateway "secret" with quotes',
  FLOW_TRIGGER_SECRET_KEY: 'trigger-key-0123456789',
  FLOWS_DB_URL: 'postgres://flows:pa%24%24word-9@db:5432/flows',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=collector-credential',
  FLOWS_QUOTA_TOKENS: 'x',
};
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl-c2lnbmF0dXJl';
const TOKEN = `${Buffer.from('{"tenantId":"acme","jti":"1"}').toString('base64url')}.c2lnbmF0dXJlLXNpZw`;
const API_KEY = 'flc_service_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4';
const SECRETS = [
  ...[ENV.FLOW_EXECUTION_TOKEN_SECRET, ENV.FLOW_TRIGGER_SECRET_KEY, 'gateway \\"secret\\"', 'pa%24%24word', 'pa$$word'],
  ...['collector-credential', JWT, TOKEN, API_KEY, 'the-cookie', 'row-value', 'a-webhook-secret'],
];

function logged(write: (logger: ReturnType<typeof makeLogger>) => void): {
  readonly text: string;
  readonly line: Record<string, unknown>;
  readonly leaked: readonly string[];
} {
  const lines: string[] = [];
  write(makeLogger({ service: 'spec', level: 'trace', env: ENV, destination: { write: (line) => lines.push(line) } }));
  expect(lines).toHaveLength(1);
  const text = lines.join('');
  const leaked = SECRETS.filter((secret) => text.includes(secret));
  return { text, line: JSON.parse(text) as Record<string, unknown>, leaked };
}

it.each([
  { authorization: `Bearer ${JWT}`, cookie: 'the-cookie', 'x-api-key': API_KEY, 'x-gateway-auth': 'the-cookie' },
  { apikey: API_KEY, 'x-platform-webhook-signature': 'the-cookie', 'set-cookie': 'the-cookie' },
])('members with telling names are censored, in every place of a line', (headers) => {
  for (const details of [headers, { headers }, { request: { headers } }]) {
    expect(logged((logger) => logger.info(details, 'a request')).leaked).toEqual([]);
  }
  const registration = { secret: 'a-webhook-secret' };
  expect(logged((logger) => logger.info({ registration }, 'registered')).leaked).toEqual([]);
});

it.each([
  ...[`fetching https://alice:pa$$word-9@host/x`, `GET /events?apikey=${API_KEY}&x=1`, `with ApiKey ${API_KEY}`],
  ...[`Bearer ${JWT}`, `token ${TOKEN}`, `gateway said ${ENV.GATEWAY_SHARED_SECRET}`],
  ...[`db ${ENV.FLOWS_DB_URL}`, ENV.FLOW_EXECUTION_TOKEN_SECRET, ENV.OTEL_EXPORTER_OTLP_HEADERS],
])('secrets in texts are taken out: %#', (text) => {
  expect(logged((logger) => logger.error({ text, deep: { list: [text] } }, text)).leaked).toEqual([]);
});

it('what is not secret stays as it is', () => {
  const text = 'T:W:F:3f2c at https://host/path?x=1, user a@b.c, sha256 of 12';
  expect(logged((logger) => logger.info({ text }, text)).line).toMatchObject({ text, msg: text, service: 'spec' });
});

it('of an error type, message, code, stack and causes are logged, and none of its other members', () => {
  const cause = Object.assign(new TypeError(`cannot reach ${ENV.FLOWS_DB_URL}`), { detail: 'row-value' });
  const error = Object.assign(new Error(`refused ${API_KEY}`, { cause }), {
    code: 'ERR_X',
    input: ENV.FLOWS_DB_URL,
    request: { headers: { authorization: JWT } },
  });
  const { line, leaked } = logged((logger) => logger.error({ err: error }, 'it failed'));
  expect(leaked).toEqual([]);
  expect(line['err']).toMatchObject({
    ...{ type: 'Error', code: 'ERR_X', message: 'refused flc_service_[redacted]' },
    cause: { type: 'TypeError', message: 'cannot reach postgres://[redacted]@db:5432/flows' },
  });
  expect(Object.keys(line['err'] as object).toSorted()).toEqual(['cause', 'code', 'message', 'stack', 'type']);
});

it('an error that refers to itself, or is no error, is logged as well', () => {
  const error = new AggregateError([new Error('one'), 'two'], 'both');
  Object.assign(error, { cause: error });
  expect(logged((logger) => logger.warn({ err: error }, 'x')).text).toContain('"message":"two"');
});
