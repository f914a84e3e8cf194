import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedRun, expectStatus, PATIENT, readRun, type ApiClient } from './driver/api-client.js';
import { deadLettersOf } from './driver/platform-events.js';
import {
  deliver,
  deliveriesOf,
  eventually,
  hookPath,
  publishAgain,
  publishWebhooks,
  runsOf,
  secretsOf,
  tenant,
  webhookFlow,
  type DeliveredBody,
} from './driver/webhooks.js';

let services: IsolatedServices;
let alice: ApiClient;

beforeAll(async () => {
  services = await startServices({
    env: { FLOWS_QUOTAS: 'off', FLOW_TRIGGER_SECRET_KEY: 'the key before', FLOWS_WEBHOOK_ROTATION_GRACE: '4s' },
  });
  alice = tenant(services.url, 'acme');
});
afterAll(async () => {
  await services?.close();
});

type Rotated = { triggerId: string; secret: string | null; previousValidUntil: string | null };
const rotate = (client: ApiClient, triggerId: string, headers = {}) =>
  client.call<Rotated>('POST', `${hookPath(triggerId)}/rotations`, { headers: { ...PATIENT, ...headers } });
type CommandBody = { result: { secret?: string | null; triggers?: { webhooks: { secret: string | null }[] } } };

describe('secrets', () => {
  it('are made for new triggers only, and shown again to their maker until they are rotated', async () => {
    const key = { 'idempotency-key': 'publish-once' };
    const first = await publishWebhooks(alice, 'keeps', webhookFlow({}, { path: 'orders' }), key);
    const secrets = secretsOf(first);
    expect(Object.keys(secrets)).toEqual(['keeps:webhook:default', 'keeps:webhook:orders']);
    for (const secret of Object.values(secrets)) expect(secret).toMatch(/^[0-9a-f]{64}$/);

    const replay = await publishAgain(alice, 'keeps', key);
    expect(replay.headers.get('x-idempotent-replay')).toBe('true');
    expect(secretsOf(replay)).toEqual(secrets);
    const bob = tenant(services.url, 'acme', 'bob');
    expect(secretsOf(await publishAgain(bob, 'keeps', key))).toEqual({});

    expect(secretsOf(await publishAgain(alice, 'keeps'))).toEqual({});
    const triggerId = 'keeps:webhook:orders';
    expect(expectStatus(await deliver(alice, triggerId, secrets[triggerId] ?? '', '{}'), 202).accepted).toBe(true);

    const rotated = expectStatus(await rotate(alice, triggerId, { 'idempotency-key': 'rotate-once' }), 201);
    const again = expectStatus(await rotate(alice, triggerId, { 'idempotency-key': 'rotate-once' }), 201);
    expect(again).toEqual(rotated);
    expect(secretsOf(await publishAgain(alice, 'keeps', key))).toEqual({
      'keeps:webhook:default': secrets['keeps:webhook:default'],
    });
  });

  it('are in the command resource for their maker alone', async () => {
    const asked = await publishWebhooks(alice, 'asked', webhookFlow(), { prefer: 'respond-async' });
    const { commandId } = asked.body as unknown as { commandId: string };
    const path = `/commands/${commandId}`;
    const shown = async (client: ApiClient) =>
      expectStatus(await client.call<CommandBody & { status: string }>('GET', path), 200);
    await eventually('the publish', async () => (await shown(alice)).status === 'accepted');
    expect((await shown(alice)).result.triggers?.webhooks[0]?.secret).toMatch(/^[0-9a-f]{64}$/);
    expect((await shown(tenant(services.url, 'acme', 'bob'))).result.triggers?.webhooks[0]?.secret).toBeNull();
  });

  it('keep the one before valid for the grace of a rotation', async () => {
    const triggerId = 'turning:webhook:default';
    const old = secretsOf(await publishWebhooks(alice, 'turning', webhookFlow()))[triggerId] ?? '';
    const { secret, previousValidUntil } = expectStatus(await rotate(alice, triggerId), 201);
    expectStatus(await deliver(alice, triggerId, secret ?? '', '{}'), 202);
    const until = Date.parse(previousValidUntil ?? '');
    const early = await deliver(alice, triggerId, old, '{}');
    if (Date.now() < until) expectStatus(early, 202);
    await eventually('the end of the grace', async () => (await deliver(alice, triggerId, old, '{}')).status === 401);
    expect(Date.now()).toBeGreaterThanOrEqual(until);
    expectStatus(await deliver(alice, triggerId, secret ?? '', '{}'), 202);
    const listed = await alice.call<{ items: Rotated[] }>('GET', '/triggers/webhooks');
    expect(listed.body.items.find((item) => item.triggerId === triggerId)).toMatchObject({
      flowId: 'turning',
      path: 'default',
      version: 1,
      previousValidUntil: null,
    });
  });

  it('are gone with the version that drops the trigger, and with the flow', async () => {
    const secrets = secretsOf(await publishWebhooks(alice, 'dropping', webhookFlow({}, { path: 'b' })));
    const kept = 'dropping:webhook:default';
    const dropped = 'dropping:webhook:b';
    await alice.call('PATCH', '/flows/dropping', { body: { definition: webhookFlow() }, headers: PATIENT });
    expectStatus(await publishAgain(alice, 'dropping'), 201);
    expect((await deliver(alice, dropped, secrets[dropped] ?? '', '{}')).body.code).toBe('INVALID_SIGNATURE');
    const { executionId } = expectStatus(await deliver(alice, kept, secrets[kept] ?? '', '{}'), 202);
    expect((await closedRun(alice, 'dropping', executionId)).version).toBe('2');
    expectStatus(await alice.call('DELETE', '/flows/dropping', { headers: PATIENT }), 200);
    expectStatus(await deliver(alice, kept, secrets[kept] ?? '', '{}'), 401);
  });
});

describe('a delivery', () => {
  const triggerId = 'taking:webhook:default';
  let secret: string;
  beforeAll(async () => {
    secret = secretsOf(await publishWebhooks(alice, 'taking', webhookFlow()))[triggerId] ?? '';
  });

  it('passes the body on as input', async () => {
    for (const [body, input] of [
      ['{"a":1}', { a: 1 }],
      ['', {}],
      ['[1,2]', { raw: [1, 2] }],
      ['null', { raw: null }],
      ['plain text', { raw: 'plain text' }],
    ] as const) {
      const { executionId } = expectStatus(await deliver(alice, triggerId, secret, body), 202);
      const run = await readRun(alice, 'taking', executionId);
      expect(run).toMatchObject({ input, triggerType: 'webhook' });
    }
  });

  it('is for its own tenant and workspace: others see what a stranger sees', async () => {
    const refused = {
      status: 401,
      body: { code: 'INVALID_SIGNATURE', message: 'The webhook signature is not valid.' },
    };
    const own = { ...alice.headers, 'x-actor-roles': '' };
    expectStatus(await deliver(alice, triggerId, secret, '{}', { headers: own }), 202);
    const foreign = { 'x-tenant-id': 'globex', 'x-auth-subject': 'eve' };
    expect(await deliver(alice, triggerId, secret, '{}', { headers: foreign })).toMatchObject(refused);
    expect(await deliver(tenant(services.url, 'globex'), triggerId, secret, '{}')).toMatchObject(refused);
    expect(await deliver(alice, 'taking:webhook:none', secret, '{}')).toMatchObject(refused);
    const bound = { ...foreign, 'x-workspace-id': 'globex-main' };
    expect((await deliver(alice, triggerId, secret, '{}', { headers: bound })).status).toBe(403);
    const domain = { 'x-tenant-id': 'acme', 'x-privilege-domain': 'structural_admin' };
    expect((await deliver(alice, triggerId, secret, '{}', { headers: domain })).body.code).toBe(
      'PRIVILEGE_DOMAIN_MISMATCH',
    );
    const badKey = { apikey: 'flc_service_0123456789abcdef0123' };
    expect((await deliver(alice, triggerId, secret, '{}', { headers: badKey })).body.code).toBe('UNAUTHENTICATED');
  });

  it('is logged with its outcome, newest first and in pages, and can be delivered again', async () => {
    const first = expectStatus(await deliver(alice, triggerId, secret, '{"n":7}', { id: 'log-1' }), 202);
    expectStatus(await deliver(alice, triggerId, secret, '{"n":7}', { id: 'log-1' }), 202);
    expectStatus(await deliver(alice, triggerId, 'wrong', '{"n":8}', { id: 'log-2' }), 401);
    await eventually('the refused one', async () => (await deliveriesOf(alice, triggerId))[0]?.deliveryId === 'log-2');
    const { executionId } = first;
    const newest = (await deliveriesOf(alice, triggerId)).slice(0, 3);
    expect(newest).toMatchObject([
      { deliveryId: 'log-2', outcome: 'refused', code: 'INVALID_SIGNATURE', executionId: null },
      { deliveryId: 'log-1', outcome: 'deduplicated', code: null, executionId },
      { deliveryId: 'log-1', outcome: 'accepted', code: null, executionId, bytes: 7 },
    ]);
    const pages = [];
    for (let token: string | null = ''; token !== null && pages.length < 3;) {
      const after: string = token === '' ? '' : `&page[after]=${encodeURIComponent(token)}`;
      const path = `${hookPath(triggerId)}/deliveries?page[size]=1${after}`;
      const page = expectStatus(await alice.call<{ items: unknown[]; nextPageToken: string | null }>('GET', path), 200);
      pages.push(...page.items);
      token = page.nextPageToken;
    }
    expect(pages).toEqual(newest);

    const again = `${hookPath(triggerId)}/deliveries/log-1/redeliveries`;
    for (const count of [1, 2]) {
      const answer = await alice.call<DeliveredBody>('POST', again, { headers: PATIENT });
      const expected = { accepted: true, executionId: `${executionId}-r${count}`, deduplicated: false };
      expect(expectStatus(answer, 202)).toEqual(expected);
      expect((await readRun(alice, 'taking', expected.executionId)).input).toEqual({ n: 7 });
    }
    const unknown = await alice.call<DeliveredBody>('POST', again.replace('log-1', 'log-2'), { headers: PATIENT });
    expect(unknown.body.code).toBe('DELIVERY_NOT_FOUND');
    const nowhere = await alice.call<DeliveredBody>('GET', `${hookPath('none:webhook:default')}/deliveries`);
    expect(nowhere.status).toBe(404);
  });

  it('answers 202 pending to who does not wait, and ignores an Idempotency-Key', async () => {
    const headers = { prefer: 'respond-async', 'idempotency-key': 'same' };
    const ids = new Set<string>();
    for (let count = 0; count < 2; count++) {
      const answer = await deliver(alice, triggerId, secret, '{}', { headers });
      expect(answer).toMatchObject({ status: 202, body: { status: 'pending' } });
      expect(answer.headers.get('location')).toContain('/commands/');
      ids.add(answer.body.executionId);
    }
    expect(ids.size).toBe(2);
    for (const executionId of ids) {
      await eventually('the run', async () => (await runsOf(alice, 'taking')).includes(executionId));
    }
  });
});

describe('filter and dedupeKey', () => {
  const triggerId = 'choosing:webhook:default';
  let letters: Readonly<Record<string, string>>;
  let secret: string;
  beforeAll(async () => {
    letters = { ...services.env, FLOWS_DLQ_TOPIC: `${services.env['FLOWS_TOPIC_PREFIX']}letters` };
    await services.stop('trigger-service');
    await services.start('trigger-service', letters);
    const choosing = webhookFlow({
      filter: `event.kind == "order" && headers["x-shop"] != "test"`,
      dedupeKey: 'event.order.id',
    });
    secret = secretsOf(await publishWebhooks(alice, 'choosing', choosing))[triggerId] ?? '';
  });
  const order = (id: string): string => JSON.stringify({ kind: 'order', order: { id } });
  const shop = { 'X-Shop': 'main' };

  it('leave out, tell apart, and refuse what they cannot be evaluated on', async () => {
    const send = (body: string, id: string, headers: Readonly<Record<string, string>> = shop) =>
      deliver(alice, triggerId, secret, body, { id, headers });
    expect(expectStatus(await send('{"kind":"other"}', 'f1'), 202)).toEqual({ accepted: true, filtered: true });
    expect((await send(order('1'), 'f2', { 'x-shop': 'test' })).body.filtered).toBe(true);
    const first = expectStatus(await send(order('1'), 'f3'), 202);
    expect(first).toMatchObject({ deduplicated: false });
    expect(expectStatus(await send(order('1'), 'f4'), 202)).toMatchObject({ ...first, deduplicated: true });
    // The key takes the delivery id's place: one id, two keys, two runs.
    const second = expectStatus(await send(order('2'), 'f3'), 202);
    expect(second.deduplicated).toBe(false);
    expect(second.executionId).not.toBe(first.executionId);
    for (const [body, id] of [
      ['{"kind":"order"}', 'f5'],
      ['[]', 'f6'],
      [order(''), 'f7'],
    ] as const) {
      expect(await send(body, id)).toMatchObject({ status: 422, body: { code: 'INVALID_EXPRESSION' } });
    }
    expect((await runsOf(alice, 'choosing')).toSorted()).toEqual([first.executionId, second.executionId].toSorted());
    const outcomes = (await deliveriesOf(alice, triggerId)).map(({ deliveryId, outcome, code }) => [
      deliveryId,
      code ?? outcome,
    ]);
    expect(outcomes).toEqual([
      ['f7', 'INVALID_EXPRESSION'],
      ['f6', 'INVALID_EXPRESSION'],
      ['f5', 'INVALID_EXPRESSION'],
      ['f3', 'accepted'],
      ['f4', 'deduplicated'],
      ['f3', 'accepted'],
      ['f2', 'filtered'],
      ['f1', 'filtered'],
    ]);
    const deadLetters = await deadLettersOf(letters, 'acme-main');
    expect(deadLetters.map((letter) => letter['x-dlq-delivery'])).toEqual(['f5', 'f6', 'f7']);
  });
});

it('is killed during deliveries, and who sends again under the same ids gets one run each', async () => {
  const triggerId = 'dying:webhook:default';
  const secret = secretsOf(await publishWebhooks(alice, 'dying', webhookFlow()))[triggerId] ?? '';
  const ids = Array.from({ length: 60 }, (_, index) => `kill-${index}`);
  const acceptedBy = new Map<string, string>();
  const sendUntilTaken = async (id: string): Promise<void> => {
    for (;;) {
      const answer = await deliver(alice, triggerId, secret, JSON.stringify({ id }), { id }).catch(() => undefined);
      if (answer?.status === 202 && answer.body.accepted) {
        acceptedBy.set(id, answer.body.executionId);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const lanes = Array.from({ length: 10 }, async (_, lane) => {
    for (const id of ids.filter((_id, index) => index % 10 === lane)) await sendUntilTaken(id);
  });
  for (const share of [5, 25, 45]) {
    await eventually('deliveries', () => Promise.resolve(acceptedBy.size >= share));
    await services.restarted('trigger-service', services.kill('trigger-service'));
  }
  await Promise.all(lanes);
  const runs = await runsOf(alice, 'dying');
  expect(runs.toSorted()).toEqual([...acceptedBy.values()].toSorted());
  expect(new Set(runs).size).toBe(ids.length);
});

it('a delivery id that comes again when it is forgotten starts a run of its own', async () => {
  const triggerId = 'weekly:webhook:default';
  const secret = secretsOf(await publishWebhooks(alice, 'weekly', webhookFlow()))[triggerId] ?? '';
  await services.stop('command-service');
  await services.start('command-service', { FLOWS_WEBHOOK_DEDUPE_RETENTION: '1s' });
  const send = async (): Promise<string> => {
    const { executionId, deduplicated } = expectStatus(await deliver(alice, triggerId, secret, '{}', { id: 'w' }), 202);
    expect(deduplicated).toBe(false);
    await closedRun(alice, 'weekly', executionId);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return executionId;
  };
  const sent = [await send(), await send(), await send()];
  expect((await runsOf(alice, 'weekly')).toReversed()).toEqual(sent);
  expect(new Set(sent).size).toBe(3);
  expect(expectStatus(await alice.call('DELETE', '/flows/weekly', { headers: PATIENT }), 200)).toEqual({
    removed: true,
  });
  await services.stop('command-service');
  await services.start('command-service');
});

it('gets another master key, and after a rewrap the old one is not needed', async () => {
  const triggerId = 'wrapped:webhook:default';
  const secret = secretsOf(await publishWebhooks(alice, 'wrapped', webhookFlow()))[triggerId] ?? '';
  const withKeys = async (key: string, previous: string): Promise<void> => {
    const env = { FLOW_TRIGGER_SECRET_KEY: key, FLOW_TRIGGER_SECRET_KEYS_PREVIOUS: previous };
    for (const name of ['trigger-service', 'command-service', 'projection-service'] as const) {
      await services.stop(name);
      await services.start(name, env);
    }
  };
  const sends = async (): Promise<number> => (await deliver(alice, triggerId, secret, '{}')).status;
  const rewrap = async () => {
    const url = `${services.url}/v1/internal/flows/webhook-secrets/rewrap`;
    const headers = { ...alice.headers, 'x-actor-roles': 'platform_admin' };
    const answer = await fetch(url, { method: 'POST', headers });
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
  };
  await withKeys('the key after', 'the key before');
  expect(await sends()).toBe(202);
  const done = await rewrap();
  expect(done).toMatchObject({ status: 200, body: { pending: 0, unreadable: 0 } });
  expect(done.body['rewrapped']).toBeGreaterThan(0);
  await withKeys('the key after', '');
  expect(await sends()).toBe(202);
  expect(await rewrap()).toMatchObject({ status: 200, body: { rewrapped: 0, pending: 0, unreadable: 0 } });
  await withKeys('yet another key', '');
  expect(await sends()).toBe(401);
});
