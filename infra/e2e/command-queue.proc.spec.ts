import { randomUUID } from 'node:crypto';
import { encodeCommand, HEADER, partitionOf, TOPICS, type Command } from '@flowplane/contracts';
import { makeBatchProducer } from '@flowplane/plumbing/kafka';
import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeApiClient, publishFlow, type ApiClient, type Caller } from './driver/api-client.js';
import type { CommandBody, PendingBody } from './driver/api-types.js';
import { waitFlow } from './driver/definitions.js';
import { checkLog } from './driver/log-check.js';
import { acceptedEvents, partitionsOf, withLog } from './driver/log-reader.js';
import { settledLog } from './driver/settled-log.js';

const MAX_PENDING = 30;
const ENV = {
  FLOWS_COMMAND_ROLES: 'shell',
  FLOWS_MAX_PENDING_COMMANDS: String(MAX_PENDING),
  FLOWS_QUOTAS: 'off',
  FLOWS_STALE_GRACE: '1s',
};
const PATIENT = { timeoutMs: 30_000, everyMs: 300 };
const CALLER: Caller = { tenantId: 'queued', workspaceId: 'queued-w' };

let first: IsolatedServices;
let second: IsolatedServices;
let deciders: IsolatedServices;

beforeAll(async () => {
  first = await startServices({ env: ENV, only: ['command-service', 'projection-service'] });
  second = await startServices({ env: first.env, only: ['command-service'] });
  deciders = await startServices({ env: { ...first.env, FLOWS_COMMAND_ROLES: 'decider' }, only: ['command-service'] });
});

afterAll(async () => {
  await deciders?.close();
  await second?.close();
  await first?.close();
});

const clientOf = (services: IsolatedServices, caller: Caller = CALLER): ApiClient =>
  makeApiClient(services.urls['command-service'], caller);

/** As many other tenants of a tenant's partition as its queue has places. */
function neighboursOf(tenantId: string): readonly Caller[] {
  const partition = partitionOf(tenantId, partitionsOf(first.env));
  return Array.from({ length: 100 * MAX_PENDING }, (_, at) => `neighbour-${at}`)
    .filter((name) => partitionOf(name, partitionsOf(first.env)) === partition)
    .slice(0, MAX_PENDING)
    .map((name) => ({ tenantId: name, workspaceId: `${name}-w` }));
}

const startAsync = (client: ApiClient) =>
  client.call<PendingBody>('POST', '/flows/f/executions', { body: {}, headers: { prefer: 'respond-async' } });

it('a decider alone says whether it is ready, and counts', async () => {
  const url = deciders.urls['command-service'];
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ok' });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('flows_decider_partitions');
});

it('what nobody decides is refused beyond the bound, by every instance, before anything is appended', async () => {
  const [one, other] = [clientOf(first), clientOf(second)];
  await publishFlow(one, 'f', waitFlow('PT1H'));
  deciders.kill('command-service', 'SIGSTOP');

  const accepted: string[] = [];
  let noisy = await startAsync(one);
  for (; noisy.status === 202; noisy = await startAsync(one)) accepted.push(noisy.body.commandId);
  expect(noisy).toMatchObject({ status: 429, body: { code: 'QUOTA_EXCEEDED', dimension: 'command_backlog' } });
  expect(noisy.headers.get('retry-after')).toBe('1');
  expect(accepted.length).toBeLessThan(MAX_PENDING);
  // Others in the same partition are served until nobody is.
  const others = neighboursOf(CALLER.tenantId);
  let taken = 0;
  const ofNeighbour = () => startAsync(clientOf(first, others[taken % others.length]));
  let refused = await ofNeighbour();
  for (; refused.status === 202; refused = await ofNeighbour()) taken++;
  expect(refused).toMatchObject({ status: 503, body: { code: 'OVERLOADED' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(accepted.length + taken).toBeGreaterThanOrEqual(MAX_PENDING);
  await waitUntil('the other instance refuses, too', async () => (await startAsync(other)).status !== 202, PATIENT);

  deciders.kill('command-service', 'SIGCONT');
  await waitUntil(
    'both take commands again',
    async () => {
      const answers = await Promise.all([startAsync(one), startAsync(other)]);
      return answers.every(({ status }) => status === 202);
    },
    PATIENT,
  );
  const reads = makeApiClient(first.urls['projection-service'], CALLER);
  await waitUntil(
    'every accepted command has its outcome',
    async () => {
      const commands = await Promise.all(
        accepted.map((id) => reads.call<{ readonly status: string }>('GET', `/commands/${id}`)),
      );
      return commands.every(({ body }) => body.status === 'accepted');
    },
    PATIENT,
  );
});

it('every answer to a command carries a position, refusals before the append as well', async () => {
  const client = clientOf(first);
  const reads = makeApiClient(first.urls['projection-service'], CALLER);
  const refused = [
    await client.call('POST', '/flows', { body: {} }),
    await client.call('POST', '/flows', { body: { name: 'n' }, headers: { 'x-actor-roles': 'guest' } }),
    await client.call('POST', '/flows', { body: { name: 'n' }, headers: { 'x-tenant-id': '' } }),
    await client.call('POST', '/flows/f/executions', { body: { input: 7 } }),
  ];
  expect(refused.map(({ status }) => status)).toEqual([400, 403, 401, 400]);
  for (const { headers } of refused) {
    const position = headers.get('x-flows-position') ?? 'none';
    expect((await reads.call('GET', '/flows', { headers: { 'x-flows-min-position': position } })).status).toBe(200);
  }
});

it('a stale publish whose shell died comes to one outcome, though two shells look after it', async () => {
  const client = clientOf(first);
  await publishFlow(client, 'moved', waitFlow('PT1H'));
  expect((await client.call('PATCH', '/flows/moved', { body: { name: 'moved' } })).status).toBe(200);
  const publish = publishOfRevision(1);
  await withLog(first.env, async (kafka) => {
    const producer = makeBatchProducer(kafka, { topic: `${first.env['FLOWS_TOPIC_PREFIX']}${TOPICS.commands.name}` });
    const partition = partitionOf(CALLER.tenantId, partitionsOf(first.env));
    const headers = { [HEADER.id]: publish.meta.commandId };
    await producer.append({ partition, key: CALLER.tenantId, value: encodeCommand(publish), headers });
    await producer.close();
  });
  const reads = makeApiClient(first.urls['projection-service'], CALLER);
  const command = () => reads.call<CommandBody>('GET', `/commands/${publish.meta.commandId}`);
  await waitUntil('it has an outcome', async () => (await command()).body.status === 'rejected', PATIENT);
  expect((await command()).body).toMatchObject({ httpStatus: 412, error: { code: 'REVISION_CONFLICT' } });
  const versions = await reads.call<{ readonly items: readonly object[] }>('GET', '/flows/moved/versions');
  expect(versions.body.items).toHaveLength(1);

  const log = await settledLog(first.env);
  expect(checkLog(log, {})).toEqual([]);
  const types = acceptedEvents(log)
    .filter(({ event }) => event.meta.commandId === publish.meta.commandId)
    .map(({ event }) => event.type)
    .filter((type) => type !== 'CommandAcknowledged');
  expect(types).toEqual(['CommandStale', 'CommandRejected']);
});

/** What a shell appends that has loaded an early draft. */
function publishOfRevision(draftRevision: number): Command {
  const idle = { idempotency: null, traceparent: null, correlationId: 'abandoned', submittedAt: Date.now() };
  const who = { ...CALLER, actorId: 'alice', actorRoles: ['workspace_admin'] };
  const data = { flowId: 'moved', expectedRevision: null, draftRevision, draftBirth: null, definition: '{}' };
  return {
    type: 'PublishFlow',
    meta: { commandId: randomUUID(), attempt: 1, ...who, ...idle },
    data: { ...data, definitionYaml: null, dslApiVersion: 'v1.0', triggers: [], verdict: null },
  };
}
