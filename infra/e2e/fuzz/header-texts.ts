import { POSITIONS } from './odd-texts.js';

/** Headers that say who calls. */
export const IDENTITY_TEXTS: Readonly<Record<string, readonly string[]>> = {
  'x-privilege-domain': ['structural_admin', 'data_access', 'x', ''],
  'x-workspace-id': ['acme-main', 'acme-side', 'a:b', '', 'é'],
  'x-tenant-id': ['acme', 'globex', 'a:b', '', 'T'.repeat(65), '__proto__'],
  'x-auth-subject': ['alice', '', 'jos\u00e9', 's'.repeat(256), 's'.repeat(257)],
  'x-actor-roles': ['viewer', 'tenant_owner', 'a b c', ',', 'r '.repeat(3000), 'platform_admin tenant_owner'],
  'x-actor-workspace-ids': ['acme-main', '*', ',', 'w '.repeat(3000)],
  authorization: ['Bearer x', 'Bearer', 'Basic eDp5', `Bearer ${'a.'.repeat(3000)}`, 'Bearer e30.e30.e30'],
  apikey: ['flc_anon_x', 'flc_service_', '', 'x'.repeat(4000)],
};

/** Headers that some route, or the layer below the routes, reads; with values that are right, odd and wrong. */
export const HEADER_TEXTS: Readonly<Record<string, readonly string[]>> = {
  ...IDENTITY_TEXTS,
  prefer: [
    ...['respond-async', 'wait=0', 'wait=1', 'wait=-1', 'wait=1.5', 'wait=99999999999999999999', 'wait', 'WAIT=1', ''],
    ...[
      'handling=strict',
      'handling=strict, wait=2',
      'handling=lenient;a=b',
      'wait=1, wait=2',
      `${'a,'.repeat(2000)}wait=1`,
      'wait="1"',
    ],
  ],
  'idempotency-key': ['k1', 'k2', 'k3', '', ' ', 'k'.repeat(128), 'k'.repeat(129), 'é', '"k"'],
  'if-match': [
    '*',
    '"1"',
    'W/"1"',
    '"2"',
    '1',
    '""',
    '"0"',
    '"1", "2"',
    '"999999999999999"',
    '"9999999999999999"',
    'é',
  ],
  'content-type': [
    ...[
      'application/json',
      'application/json; charset=utf-8',
      'application/json,application/json',
      '',
      'text/plain',
      'application/yaml',
    ],
    ...[
      'APPLICATION/JSON',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      '/',
      ';',
      'application/json; charset=utf-16',
    ],
  ],
  accept: ['*/*', 'text/event-stream', 'text/html', '', 'application/json;q=0'],
  'x-flows-min-position': [...POSITIONS],
  'last-event-id': ['0', '5', '-1', '9007199254740993', 'x', ''],
  'x-correlation-id': ['correlation-1', 'short', 'c'.repeat(128), 'c'.repeat(129), 'a b c d e f', 'é'.repeat(10)],
  traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0-0-0', 'ff-', 'x'.repeat(5000)],
  origin: ['https://example.org', 'null', 'x'],
  'content-encoding': ['gzip', 'identity', 'br'],
  expect: ['100-continue', 'x'],
  range: ['bytes=0-1'],
  cookie: ['a=b; '.repeat(1000)],
  'x-http-method-override': ['DELETE'],
  'x-platform-webhook-id': ['d1', 'd2', '', 'd'.repeat(200), 'd'.repeat(201), 'é'],
  'x-platform-webhook-signature': ['sha256=', 'sha256=00', 'x', ''],
  'x-long': ['h'.repeat(8_000), 'h'.repeat(20_000)],
};
