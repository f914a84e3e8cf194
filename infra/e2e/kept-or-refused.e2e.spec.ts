import { webhookSignature } from '@flowplane/contracts';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closedRun, expectStatus, makeApiClient, publishFlow, startRun, type ApiClient } from './driver/api-client.js';
import type { FlowBody, ListBody, Problem, RunItem, StartBody } from './driver/api-types.js';
import { waitFlow } from './driver/definitions.js';
import { publishWebhooks, secretsOf, webhookFlow, type DeliveredBody } from './driver/webhooks.js';

// What is sent is kept as it was, or refused with a word on what to do instead; never changed silently.

type Warned = {
  readonly valid?: boolean;
  readonly version?: number;
  readonly warnings?: readonly { readonly code: string; readonly path: string; readonly hint?: string }[];
};

let services: IsolatedServices;
let alice: ApiClient;

beforeAll(async () => {
  services = await startServices({ env: { FLOWS_QUOTAS: 'off' } });
  alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' });
  await publishFlow(alice, 'pause', waitFlow('PT0S'));
});

afterAll(() => services?.close());

/** A body that no `JSON.stringify` makes. */
async function sent(path: string, body: string, method = 'POST'): Promise<{ status: number; body: Problem }> {
  const headers = { ...alice.headers, 'content-type': 'application/json' };
  const response = await fetch(alice.urlOf(path), { method, headers, body });
  return { status: response.status, body: (await response.json()) as Problem };
}

it('integers beyond 2^53 are refused in commands, with their place', async () => {
  const started = await sent('/flows/pause/executions', '{"input":{"id":3544790567247868102}}');
  expect(started).toMatchObject({ status: 400, body: { code: 'INVALID_JSON' } });
  expect(started.body.message).toContain('"/input/id"');
  const definition = JSON.stringify(waitFlow('PT0S')).replace('{', '{"canvasMetadata":{"x":9007199254740993},');
  const created = await sent('/flows', `{"name":"large","definition":${definition}}`);
  expect(created.body.message).toContain('"/definition/canvasMetadata/x"');
  const published = await sent('/flows/pause/versions', '{"expectedVersion":9007199254740993}');
  expect(published).toMatchObject({ status: 400, body: { code: 'INVALID_JSON' } });
  const yaml = 'apiVersion: v1.0\nname: y\ninputs:\n  n: { type: number, default: 3544790567247868102 }\nnodes: []\n';
  const fromYaml = await alice.call<Problem>('POST', '/flows', { body: { name: 'y', definition_yaml: yaml } });
  expect(expectStatus(fromYaml, 422)).toMatchObject({ code: 'INVALID_YAML' });
  expect(fromYaml.body.message).toMatch(/^Line 4, column 31: .*as a string/);
});

it('and kept as decimal texts in webhook bodies', async () => {
  const secret = secretsOf(await publishWebhooks(alice, 'hooked', webhookFlow()))['hooked:webhook:default'] ?? '';
  const body = '\ufeff{"id":3544790567247868102}';
  const response = await fetch(alice.urlOf('/triggers/webhooks/hooked:webhook:default'), {
    method: 'POST',
    headers: { ...alice.headers, 'x-platform-webhook-signature': webhookSignature(secret, Buffer.from(body)) },
    body,
  });
  expect(response.status).toBe(202);
  const { executionId } = (await response.json()) as DeliveredBody;
  expect((await closedRun(alice, 'hooked', executionId)).input).toEqual({ id: '3544790567247868102' });
});

it('texts that cannot be kept are refused wherever they stand', async () => {
  const refused = [
    await sent('/flows', '{"name":"x\\u0000y"}'),
    await sent('/flows', '{"name":"half","definition":{"name":"\\ud83d"}}'),
    await sent('/flows/pause', '{"name":"\\u0000"}', 'PATCH'),
    await sent('/flows/pause/executions', '{"input":{"a":["\\u0000"]}}'),
    await sent('/flows/pause%00/executions', '{}'),
    await sent('/flows/pause/executions/none/signals/go%00', '{"approved":true}'),
    await sent('/flows', JSON.stringify({ name: 'y', definition_yaml: 'name: "a\\0b"\n' })),
  ];
  expect(refused.map(({ status, body }) => [status, body.code])).toEqual(refused.map(() => [400, 'INVALID_TEXT']));
  for (const [path, code] of [
    ['/flows/a%00', 'INVALID_TEXT'],
    ['/commands/%00', 'INVALID_TEXT'],
    ['/audit?actorId=%00', 'INVALID_QUERY'],
    ['/audit?actorId=%ff', 'INVALID_QUERY'],
  ] as const) {
    expect(expectStatus(await alice.call<Problem>('GET', path), 400).code).toBe(code);
  }
  const escaped = await alice.call<FlowBody>('POST', '/flows', { body: { name: 'C:\\u0000 \u{1f44d}' } });
  expect(expectStatus(escaped, 201).name).toBe('C:\\u0000 \u{1f44d}');
});

it('times that do not exist are refused', async () => {
  const query = encodeURIComponent("StartTime > '2026-02-30T00:00:00Z'");
  for (const path of [`/flows/pause/executions?query=${query}`, '/audit?from=2026-02-30T00:00:00Z']) {
    expect(expectStatus(await alice.call<Problem>('GET', path), 400).code).toBe('INVALID_QUERY');
  }
});

const STRICT = { prefer: 'handling=strict, wait=60' };
const LENIENT = { prefer: 'wait=60' };

it('task inputs that can never run are warnings of validate and publish, and refused where that is preferred', async () => {
  const nodes = [{ id: 'ask', type: 'task', taskType: 'http.request', input: { uri: 'x', method: 'FETCH' } }];
  const definition = { apiVersion: 'v1.0', name: 'warned', nodes };
  expectStatus(await alice.call('POST', '/flows', { body: { name: 'w', flowId: 'warned', definition } }), 201);
  const codes = ({ warnings = [] }: Warned) => warnings.map(({ code, path }) => `${code} ${path}`);
  const expected = ['FLW-W001 /nodes/0/input', 'FLW-W001 /nodes/0/input/method', 'FLW-W002 /nodes/0/input/uri'];
  const ask = <Body = Warned>(path: string, headers: Record<string, string>) =>
    alice.call<Body>('POST', `/flows/warned/${path}`, { headers });
  expect(codes(expectStatus(await ask('validate', LENIENT), 200))).toEqual(expected);
  for (const path of ['validate', 'versions']) {
    const refused = await ask<Problem & { readonly errors: Warned['warnings'] }>(path, STRICT);
    expect(expectStatus(refused, 422).code).toBe('FLOW_VALIDATION_FAILED');
    expect(codes({ warnings: refused.body.errors ?? [] })).toEqual(expected);
    expect(refused.headers.get('preference-applied')).toMatch(/handling=strict/);
  }
  const published = expectStatus(await ask('versions', LENIENT), 201);
  expect([published.version, codes(published)]).toEqual([1, expected]);
  expect(expectStatus(await alice.call<Warned>('POST', '/flows/pause/validate'), 200)).toEqual({ valid: true });
});

it('a document that is not stored gets the findings of one that is, and nothing of it is kept', async () => {
  const check = <Body = Warned>(body: object, headers = LENIENT) =>
    alice.call<Body>('POST', '/validate', { headers, body });
  const nodes = [{ id: 'ask', type: 'task', taskType: 'http.request', input: { uri: 'x', method: 'FETCH' } }];
  const codes = ({ warnings = [] }: Warned) => warnings.map(({ code, path }) => `${code} ${path}`);
  const expected = ['FLW-W001 /nodes/0/input', 'FLW-W001 /nodes/0/input/method', 'FLW-W002 /nodes/0/input/uri'];
  const definition = { apiVersion: 'v1.0', name: 'never-stored', nodes };
  const before = expectStatus(await alice.call<ListBody<FlowBody>>('GET', '/flows'), 200).items.length;
  expect(codes(expectStatus(await check({ definition }), 200))).toEqual(expected);
  expect(expectStatus(await check<Problem>({ definition }, STRICT), 422).code).toBe('FLOW_VALIDATION_FAILED');
  const yaml = 'apiVersion: v1.0\nname: y\nnodes:\n  - { id: a, type: wait, duration: soon }\n';
  const faulty = await check<Problem>({ definition_yaml: yaml });
  expect(expectStatus(faulty, 422).errors).toMatchObject([{ code: 'FLW-E008', nodeId: 'a', line: 4 }]);
  const asYaml = async (body: string): Promise<Response> =>
    fetch(alice.urlOf('/validate'), {
      ...{ method: 'POST', body, headers: { ...alice.headers, 'content-type': 'application/yaml' } },
    });
  const valid = await asYaml(yaml.replace('soon', 'PT1S'));
  expect([valid.status, await valid.json()]).toEqual([200, { valid: true }]);
  expect((await asYaml('a: [')).status).toBe(422);
  for (const body of [{}, { definition: {} }, { definition: { nodes: 1 } }]) {
    expect(expectStatus(await check<Problem>(body), 400).code).toBe('FLOW_DEFINITION_INVALID');
  }
  expect(expectStatus(await check<Problem>({ definition: { ...definition, x: '\0' } }), 400).code).toBe('INVALID_TEXT');
  expect(expectStatus(await alice.call<ListBody<FlowBody>>('GET', '/flows'), 200).items).toHaveLength(before);
});

it('what is legal and hardly meant is said, and never refused', async () => {
  const nodes = [
    { id: 'a', type: 'wait', duration: '${{ inputs.lenght }}', next: 'b' },
    { id: 'b', type: 'approval', message: '{{ inputs.length }} of ${{ nodes.c.x }}', timeout: 'PT0S' },
    { id: 'c', type: 'wait', duration: 'PT1S' },
  ];
  const inputs = { length: { type: 'string', required: true } };
  const definition = { apiVersion: 'v1.0', name: 'hardly', inputs, nodes };
  const codes = ({ warnings = [] }: Warned) => warnings.map(({ code, path }) => `${code} ${path}`);
  const expected = [
    'FLW-W006 /nodes/0/duration',
    'FLW-W009 /nodes/1/message',
    'FLW-W008 /nodes/1/message',
    'FLW-W007 /nodes/2',
  ];
  const checked = await alice.call<Warned>('POST', '/validate', { headers: STRICT, body: { definition } });
  expect(codes(expectStatus(checked, 200))).toEqual(expected);
  expectStatus(await alice.call('POST', '/flows', { body: { name: 'h', flowId: 'hardly', definition } }), 201);
  const published = await alice.call<Warned>('POST', '/flows/hardly/versions', { headers: STRICT });
  expect(codes(expectStatus(published, 201))).toEqual(expected);
  const start = (input: object) =>
    alice.call<Warned>('POST', '/flows/hardly/executions', { headers: STRICT, body: { input } });
  expect(codes(expectStatus(await start({}), 201))).toEqual(['FLW-W010 /input/length']);
  expect(codes(expectStatus(await start({ length: 7 }), 201))).toEqual(['FLW-W010 /input/length']);
  expect(codes(expectStatus(await start({ length: 'PT0S' }), 201))).toEqual([]);
});

it('labels of a start are kept as they were given, found by, and handed on to a retry', async () => {
  const labels = { team: 'billing', 'order.id': 'o:1 ☃' };
  const start = (body: object) =>
    alice.call<StartBody & Problem>('POST', '/flows/pause/executions', { headers: STRICT, body });
  const { executionId } = expectStatus(await start({ labels }), 201);
  await closedRun(alice, 'pause', executionId);
  const path = `/flows/pause/executions/${encodeURIComponent(executionId)}`;
  const retried = expectStatus(await alice.call<StartBody>('POST', `${path}/retries`, { headers: STRICT }), 201);
  const query = `label=team:billing&label=${encodeURIComponent(`order.id:${labels['order.id']}`)}`;
  const found = expectStatus(await alice.call<ListBody<RunItem>>('GET', `/executions?${query}`), 200).items;
  expect(found.map((run) => [run.executionId, run.labels])).toEqual([
    [retried.executionId, labels],
    [executionId, labels],
  ]);
  expect(expectStatus(await alice.call<RunItem>('GET', path), 200).labels).toEqual(labels);
  const none = expectStatus(await alice.call<ListBody<RunItem>>('GET', '/executions?label=team:sales'), 200);
  expect(none.items).toEqual([]);
  for (const bad of [{ Team: 'x' }, { a: 1 }, [], { a: 'x'.repeat(257) }]) {
    const refused = expectStatus(await start({ labels: bad }), 400);
    expect([refused.code, refused.message]).toEqual(['INVALID_LABELS', expect.stringContaining('labels')]);
  }
});

it('a task that nothing here can serve is a warning of validate, publish and start, never a refusal', async () => {
  const input = { to: ['a@example.com'], subject: 's' };
  const mail = (id: string) => ({ id, type: 'task', taskType: 'email.send', input });
  const nodes = [{ ...mail('one'), next: 'two' }, mail('two')];
  const definition = { apiVersion: 'v1.0', name: 'mail', nodes };
  expectStatus(await alice.call('POST', '/flows', { body: { name: 'm', flowId: 'mail', definition } }), 201);
  const codes = ({ warnings = [] }: Warned) => warnings.map(({ code, path }) => `${code} ${path}`);
  const both = ['FLW-W004 /nodes/0/taskType', 'FLW-W004 /nodes/1/taskType'];
  const call = (path: string) => alice.call<Warned>('POST', `/flows/mail/${path}`, { headers: STRICT, body: {} });
  expect(codes(expectStatus(await call('validate'), 200))).toEqual(both);
  expect(codes(expectStatus(await call('versions'), 201))).toEqual(both);
  expect(codes(expectStatus(await call('executions'), 201))).toEqual(both.slice(0, 1));
  const types = expectStatus(
    await alice.call<{ readonly items: readonly { readonly id: string; readonly available: boolean }[] }>(
      'GET',
      '/task-types',
    ),
    200,
  );
  const isAvailable = (id: string) => types.items.find((type) => type.id === id)?.available;
  expect(['email.send', 'http.request', 'events.publish'].map(isAvailable)).toEqual([false, true, true]);
});

it('unknown members are warnings of a start, and refused where that is preferred', async () => {
  const start = (headers: Record<string, string>) =>
    alice.call<StartBody & Warned & Problem>('POST', '/flows/pause/executions', { headers, body: { inputs: {} } });
  const started = expectStatus(await start(LENIENT), 201);
  expect(started.warnings).toEqual([expect.objectContaining({ code: 'FLW-W003', path: '/inputs' })]);
  const refused = await start(STRICT);
  expect(expectStatus(refused, 400)).toMatchObject({ code: 'UNKNOWN_MEMBER' });
  expect(refused.body.message).toContain('"/inputs"');
  const run = await startRun(alice, 'pause');
  const retry = await alice.call<Problem>('POST', `/flows/pause/executions/${run.executionId}/retries`, {
    ...{ headers: STRICT, body: { fromNode: 'pause' } },
  });
  expect(expectStatus(retry, 400).message).toContain('"/fromNode"');
  const known = await alice.call('PATCH', '/flows/pause', { headers: STRICT, body: { name: 'known' } });
  expectStatus(known, 200);
  expect(known.headers.get('preference-applied')).toBe('handling=strict, wait=60');
  const list = await alice.call<ListBody<FlowBody>>('GET', '/flows', { headers: STRICT });
  expect(expectStatus(list, 200).items.length).toBeGreaterThan(0);
});
