import { randomUUID } from 'node:crypto';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  publishFlow,
  readRun,
  runPath,
  send,
  startRun,
  type ApiClient,
} from './driver/api-client.js';
import type {
  AuditItem,
  CommandBody,
  FlowBody,
  ListBody,
  PendingBody,
  Problem,
  StartBody,
} from './driver/api-types.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { exampleFlow, waitFlow } from './driver/definitions.js';

let called: CalledServer;
let services: IsolatedServices;
let alice: ApiClient;

beforeAll(async () => {
  called = await startCalledServer();
  services = await startServices({ env: { FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort } });
  alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' });
  await publishFlow(alice, 'example', exampleFlow(called.url));
});

afterAll(async () => {
  await services?.close();
  await called?.close();
});

it('guards the draft by its revision', async () => {
  const created = await alice.call<FlowBody>('POST', '/flows', { body: { name: 'guarded', flowId: 'guarded' } });
  expect(expectStatus(created, 201).revision).toBe(1);
  expect(created.headers.get('etag')).toBe('"1"');
  const patch = (headers: Record<string, string>, body: object) =>
    alice.call<FlowBody & Problem>('PATCH', '/flows/guarded', { headers, body });

  const patched = await patch({ 'if-match': '"1"' }, { name: 'second' });
  expect(expectStatus(patched, 200)).toMatchObject({ name: 'second', revision: 2 });
  expect(patched.headers.get('etag')).toBe('"2"');
  expect(expectStatus(await patch({ 'if-match': '"1"' }, { name: 'third' }), 412).code).toBe('REVISION_CONFLICT');
  expect(expectStatus(await patch({}, { name: 'third', expectedVersion: 1 }), 412).code).toBe('REVISION_CONFLICT');
  const contradictory = await patch({ 'if-match': '"2"' }, { name: 'third', expectedVersion: 1 });
  expect(expectStatus(contradictory, 400).code).toBe('INVALID_REVISION');
  expect(expectStatus(await patch({ 'if-match': 'two' }, {}), 400).code).toBe('INVALID_REVISION');

  const read = await alice.call<FlowBody>('GET', '/flows/guarded');
  expect(read.body).toMatchObject({ name: 'second', revision: 2 });
  expect(read.headers.get('etag')).toBe('"2"');
});

it('answers a repeat under an Idempotency-Key with the first answer, and nothing else under that key', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const start = (body: object) =>
    alice.call<StartBody & Problem>('POST', '/flows/example/executions', { headers, body });
  const [first, twin] = await Promise.all([start({ input: { amount: 1 } }), start({ input: { amount: 1 } })]);
  const { executionId } = expectStatus(first, 201);
  expect(expectStatus(twin, 201).executionId).toBe(executionId);
  const replays = [first, twin].filter(({ headers: got }) => got.get('x-idempotent-replay') === 'true');
  expect(replays).toHaveLength(1);
  await closedRun(alice, 'example', executionId);

  const repeat = await start({ input: { amount: 1 } });
  expect(expectStatus(repeat, 201)).toMatchObject({ executionId, status: 'Completed' });
  expect(repeat.headers.get('x-idempotent-replay')).toBe('true');
  expect(expectStatus(await start({ input: { amount: 2 } }), 422).code).toBe('IDEMPOTENCY_KEY_REUSED');
  const bad = await alice.call<Problem>('POST', '/flows/example/executions', {
    headers: { 'idempotency-key': 'x'.repeat(129) },
  });
  expect(expectStatus(bad, 400).code).toBe('INVALID_IDEMPOTENCY_KEY');
});

it('leaves an Idempotency-Key free when the command was refused', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const publish = () => alice.call<Problem>('POST', '/flows/late/versions', { headers });
  expect(expectStatus(await publish(), 404).code).toBe('FLOW_NOT_FOUND');
  const body = { name: 'late', flowId: 'late', definition: waitFlow('PT0S') };
  expectStatus(await alice.call('POST', '/flows', { body }), 201);
  const published = await publish();
  expectStatus(published, 201);
  expect(published.headers.get('x-idempotent-replay')).toBeNull();
});

it('answers at once on request, and tells the outcome under the command', async () => {
  const pending = await alice.call<PendingBody>('POST', '/flows/example/executions', {
    headers: { prefer: 'respond-async' },
    body: { input: { amount: 3 } },
  });
  const { commandId, executionId, status } = expectStatus(pending, 202);
  expect(status).toBe('pending');
  expect(pending.headers.get('preference-applied')).toBe('respond-async');
  expect(pending.headers.get('location')).toBe(`/v1/flows/workspaces/acme-main/commands/${commandId}`);
  const location = `${services.url}${pending.headers.get('location')}`;
  const readCommand = async () => (await send<CommandBody>(location, 'GET', { headers: alice.headers })).body;
  await expect.poll(async () => (await readCommand()).status, { timeout: 10_000 }).toBe('accepted');
  await closedRun(alice, 'example', executionId as string);
  expect(await readCommand()).toMatchObject({
    commandId,
    type: 'execution.start',
    httpStatus: 201,
    result: { executionId, version: 1, status: 'Completed' },
    error: null,
  });

  const refused = await alice.call<PendingBody>('POST', '/flows/missing/versions', {
    headers: { prefer: 'respond-async' },
  });
  const refusedPath = `/commands/${expectStatus(refused, 202).commandId}`;
  await expect
    .poll(async () => (await alice.call<CommandBody>('GET', refusedPath)).body, { timeout: 10_000 })
    .toMatchObject({ status: 'rejected', httpStatus: 404, error: { code: 'FLOW_NOT_FOUND' }, result: null });
  expectStatus(await alice.call('GET', `/commands/${randomUUID()}`), 404);
});

it('lets a reader wait for the position of a command', async () => {
  const flowId = `positioned-${randomUUID()}`;
  const created = await alice.call<FlowBody>('POST', '/flows', { body: { name: 'p', flowId } });
  const position = created.headers.get('x-flows-position') ?? '';
  expect(position).toMatch(/^[\x21-\x7e]{1,512}$/);
  const wait = (token: string, more: Record<string, string> = {}) =>
    alice.call<Problem>('GET', `/flows/${flowId}`, { headers: { 'x-flows-min-position': token, ...more } });
  expectStatus(await wait(position), 200);
  expect(expectStatus(await wait('not a token!'), 400).code).toBe('INVALID_POSITION');
  const [partition = '', offset = ''] = Buffer.from(position, 'base64url').toString().slice(1).split(':');
  const future = Buffer.from(`o${partition}:${Number(offset) + 1_000_000}`).toString('base64url');
  const startedAt = Date.now();
  expect(expectStatus(await wait(future, { prefer: 'wait=1' }), 504).code).toBe('POSITION_NOT_REACHED');
  expect(Date.now() - startedAt).toBeLessThan(10_000);
});

it('sends a position with every answer to a command', async () => {
  const answers = {
    accepted: await alice.call('PATCH', '/flows/example', { body: {} }),
    refused: await alice.call('POST', '/flows/missing/versions'),
    start: await alice.call('POST', '/flows/example/executions', { body: { input: { amount: 1000 } } }),
    pending: await alice.call('PATCH', '/flows/example', { body: {}, headers: { prefer: 'respond-async' } }),
  };
  const positions = Object.entries(answers).map(([name, { headers }]) => [name, headers.get('x-flows-position')]);
  const token = expect.stringMatching(/^[\x21-\x7e]{1,512}$/);
  expect(Object.fromEntries(positions)).toEqual({ accepted: token, refused: token, start: token, pending: token });
});

it('shows a start that was accepted nowhere as missing, and what exists only to those who may see it', async () => {
  const outcome = async (client: ApiClient, method: string, path: string) => {
    const answer = await client.call<Problem>(method, path);
    return [answer.status, answer.body.code];
  };
  const viewer = makeApiClient(services.url, { ...alice.caller, roles: [] });
  const elsewhere = makeApiClient(services.url, { ...alice.caller, workspaceId: 'acme-other' });
  const missingRun = `/flows/example/executions/${encodeURIComponent(`acme:acme-main:example:${randomUUID()}`)}`;
  const foreignRun = `/flows/example/executions/${encodeURIComponent(`globex:w:example:${randomUUID()}`)}`;
  expect(await outcome(viewer, 'POST', '/flows/example/versions')).toEqual([403, 'FORBIDDEN']);
  expect(await outcome(viewer, 'GET', '/audit')).toEqual([403, 'FORBIDDEN']);
  expect((await viewer.call('GET', '/flows/example')).status).toBe(200);
  expect(await outcome(elsewhere, 'GET', '/flows/example')).toEqual([404, 'FLOW_NOT_FOUND']);
  expect(await outcome(alice, 'GET', missingRun)).toEqual([404, 'EXECUTION_NOT_FOUND']);
  expect(await outcome(alice, 'POST', `${missingRun}/cancellations`)).toEqual([404, 'EXECUTION_NOT_FOUND']);
  expect(await outcome(alice, 'GET', foreignRun)).toEqual([404, 'EXECUTION_NOT_FOUND']);
  expect(await outcome(alice, 'POST', `${foreignRun}/cancellations`)).toEqual([403, 'CROSS_TENANT_FORBIDDEN']);
  expect(await outcome(alice, 'POST', '/flows/guarded/executions')).toEqual([404, 'VERSION_NOT_FOUND']);
  expect(await outcome(alice, 'GET', '/flows/example/versions/9')).toEqual([404, 'VERSION_NOT_FOUND']);

  const bare = async (method: string, path: string) => {
    const answer = await send<Problem>(services.url + path, method, {});
    return [answer.status, answer.body.code];
  };
  expect(await bare('GET', '/v1/flows/workspaces/acme-main/nowhere')).toEqual([404, 'NO_ROUTE']);
  expect(await bare('PUT', '/v1/flows/workspaces/acme-main/flows')).toEqual([404, 'NO_ROUTE']);
  expect(await bare('GET', '/v1/flows/workspaces/acme-main/flows')).toEqual([401, 'UNAUTHENTICATED']);
});

it('keeps a flow with an open run, and removes it when there is none', async () => {
  await publishFlow(alice, 'busy', waitFlow('PT1H'));
  const { executionId } = await startRun(alice, 'busy');
  const remove = () => alice.call<Problem & { removed?: boolean }>('DELETE', '/flows/busy');
  expect(expectStatus(await remove(), 409).code).toBe('FLOW_HAS_ACTIVE_EXECUTIONS');
  expectStatus(await alice.call('POST', `${runPath('busy', executionId)}/cancellations`), 202);
  await closedRun(alice, 'busy', executionId);
  expect(expectStatus(await remove(), 200)).toEqual({ removed: true });
  expect((await alice.call<Problem>('GET', '/flows/busy')).body.code).toBe('FLOW_NOT_FOUND');
  expect((await readRun(alice, 'busy', executionId)).status).toBe('Canceled');
});

it('carries a correlation id from the request into the answer and the audit', async () => {
  const correlationId = `e2e:${randomUUID()}`;
  const headers = { 'x-correlation-id': correlationId };
  const answer = await alice.call('PATCH', '/flows/example', { headers, body: { name: 'example' } });
  expectStatus(answer, 200);
  expect(answer.headers.get('x-correlation-id')).toBe(correlationId);
  const audit = expectStatus(await alice.call<ListBody<AuditItem>>('GET', '/audit?flowId=example&page[size]=1'), 200);
  expect(audit.items[0]).toMatchObject({ eventType: 'flow.definition_updated', correlationId });
});

it('takes a definition sent as application/yaml, and any other content type for nothing', async () => {
  const yaml = 'apiVersion: v1.0\nname: by-yaml # kept\nnodes: [{id: s, type: sequence, steps: []}]\n';
  const ask = async (method: string, path: string, contentType: string, body?: string) => {
    const headers = { ...alice.headers, 'content-type': contentType };
    const response = await fetch(alice.urlOf(path), { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: response.status, headers: response.headers, body: (await response.json()) as FlowBody };
  };
  const created = expectStatus(await ask('POST', '/flows', 'application/yaml; charset=utf-8', yaml), 201);
  expect(created).toMatchObject({ name: 'by-yaml', definitionYaml: yaml, definition: { name: 'by-yaml' } });
  const path = `/flows/${created.flowId}`;
  const renamed = yaml.replace('by-yaml', 'renamed');
  const patched = expectStatus(await ask('PATCH', path, 'application/yaml', renamed), 200);
  expect(patched).toMatchObject({ name: 'renamed', definitionYaml: renamed });
  const odd = 'application/json,application/json';
  expectStatus(await ask('PATCH', path, odd, '{"name":"odd"}'), 200);
  expectStatus(await ask('POST', `${path}/versions`, ''), 201);
  expectStatus(await ask('POST', `${path}/validate`, odd), 200);
  expectStatus(await ask('DELETE', path, odd), 200);
});
