import { randomUUID } from 'node:crypto';
import { hardQuotas, OPERATOR_BASE } from '@flowplane/contracts';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  expectStatus,
  makeApiClient,
  PATIENT,
  publishFlow,
  send,
  type ApiClient,
  type Answer,
} from './driver/api-client.js';
import type { Problem } from './driver/api-types.js';
import { waitFlow } from './driver/definitions.js';
import { inParallel, sendUntilAnswered } from './driver/load.js';
import { acceptedEvents, type WholeLog } from './driver/log-reader.js';
import { checkQuotas } from './driver/quota-check.js';
import { settledLog } from './driver/settled-log.js';

const CONFIGURED = hardQuotas({
  ...{ max_flows: 12, max_flow_versions: 5, max_concurrent_executions: 10 },
  ...{ flow_starts_per_minute: -1, flow_signal_rate_per_minute: -1 },
});
const ENV = Object.fromEntries(
  Object.entries(CONFIGURED).map(([dimension, { limit }]) => [`FLOWS_QUOTA_${dimension.toUpperCase()}`, String(limit)]),
);
const OPERATOR = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };
const WINDOW_LIMIT = 5;

let first: IsolatedServices;
/** A second command-service, shell and decider, on the same log. */
let second: IsolatedServices;
let both: readonly string[];
/** The minute that the last test waits for goes by during the others. */
let windowFilled: { readonly client: ApiClient; readonly refused: Answer<Problem>; readonly at: number };

beforeAll(async () => {
  // No engine: what is counted is decided by the log alone, and runs stay Pending.
  first = await startServices({ env: ENV, only: ['command-service', 'projection-service'] });
  second = await startServices({ env: first.env, only: ['command-service'] });
  both = [first.urls['command-service'], second.urls['command-service']];
  windowFilled = await fillWindow();
});

afterAll(async () => {
  await second?.stop('command-service');
  await first?.close();
  await second?.close();
});

const putQuotas = (tenantId: string, body: unknown) =>
  send<Problem>(`${both[0]}${OPERATOR_BASE}/tenants/${tenantId}/quotas`, 'PUT', {
    ...{ headers: { ...OPERATOR, ...PATIENT }, body },
  });

/** A tenant with one published flow. */
async function tenant(tenantId: string): Promise<ApiClient> {
  const client = makeApiClient(both[0] as string, { tenantId, workspaceId: `${tenantId}-w` });
  await publishFlow(client, 'f', waitFlow('PT1H'));
  return client;
}

/** One command, again and again under one key until an instance answers; a run that is accepted is not waited for. */
const until = (client: ApiClient, path: string, index: number, body: unknown = {}) => {
  const { pathname } = new URL(client.urlOf(path));
  return sendUntilAnswered<Problem>(index % 2 === 0 ? both : both.toReversed(), 'POST', pathname, {
    ...{ headers: { ...client.headers, prefer: 'wait=8' }, body, idempotencyKey: randomUUID() },
  });
};

async function fillWindow(): Promise<typeof windowFilled> {
  const client = await tenant('windowed');
  expectStatus(
    await putQuotas('windowed', { flow_starts_per_minute: WINDOW_LIMIT, max_concurrent_executions: -1 }),
    200,
  );
  const headers = { prefer: 'respond-async' };
  for (let n = 0; n < WINDOW_LIMIT; n++) {
    expectStatus(await client.call('POST', '/flows/f/executions', { body: {}, headers }), 202);
  }
  const refused = await client.call<Problem>('POST', '/flows/f/executions', { body: {}, headers: PATIENT });
  return { client, refused, at: Date.now() };
}

const outcomesOf = (log: WholeLog, tenantId: string) => {
  const events = acceptedEvents(log).filter(({ event }) => event.meta.tenantId === tenantId);
  const refused = events.flatMap(({ event }) => (event.type === 'CommandRejected' ? [event.data.problem] : []));
  return {
    started: events.filter(({ event }) => event.type === 'ExecutionRequested').length,
    created: events.filter(({ event }) => event.type === 'FlowCreated').length,
    published: events.filter(({ event }) => event.type === 'FlowVersionPublished').length,
    refused: refused.length,
    dimensions: [...new Set(refused.map(({ dimension }) => dimension))],
  };
};

async function expectExact(): Promise<WholeLog> {
  const log = await settledLog(first.env);
  expect(checkQuotas(log, CONFIGURED).findings).toEqual([]);
  return log;
}

/** Every refusal says which dimension; none that is about what exists says when to come again. */
function expectRefusals(answers: readonly Answer<Problem>[], dimension: string): void {
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  for (const { body, headers } of refused) {
    expect(body).toMatchObject({ code: 'QUOTA_EXCEEDED', dimension });
    expect(headers.get('retry-after')).toBeNull();
  }
}

it('500 concurrent starts against a limit of 10, the deciders killed meanwhile: exactly 10 at every offset', async () => {
  const client = await tenant('crowded');
  let answered = 0;
  const answers = inParallel(500, 500, async (index) => {
    const answer = await until(client, '/flows/f/executions', index);
    answered++;
    return answer;
  });
  await expect.poll(() => answered, { timeout: 60_000, interval: 5 }).toBeGreaterThan(50);
  const killed = first.kill('command-service');
  await first.restarted('command-service', killed);
  const killedToo = second.kill('command-service');
  await second.restarted('command-service', killedToo);
  const all = await answers;
  const log = await expectExact();
  expect(outcomesOf(log, 'crowded')).toMatchObject({ started: 10, dimensions: ['max_concurrent_executions'] });
  expect(checkQuotas(log, CONFIGURED).mostOpen.get('crowded-w')).toBe(10);
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set([202, 429]));
  expectRefusals(all, 'max_concurrent_executions');
});

it('the same for flows and for versions', async () => {
  const client = await tenant('prolific');
  const [created, published] = await Promise.all([
    inParallel(100, 100, (n) => until(client, '/flows', n, { name: `f${n}`, flowId: `f${n}` })),
    inParallel(60, 60, (n) => until(client, '/flows/f/versions', n)),
  ]);
  const log = await expectExact();
  expect(outcomesOf(log, 'prolific')).toMatchObject({ created: 12, published: 5 });
  expectRefusals(created, 'max_flows');
  expectRefusals(published, 'max_flow_versions');
});

it('limits changed while starts are under way: at every offset the limit in force there holds', async () => {
  const client = await tenant('changing');
  const starts = inParallel(300, 60, async (n) => {
    const answer = await until(client, '/flows/f/executions', n);
    return answer.status;
  });
  const limits = [2, 15, { limit: 15, grace: 5 }, 30, 4];
  for (const limit of limits) {
    const set = expectStatus(await putQuotas('changing', { max_concurrent_executions: limit }), 200);
    expect(set).toMatchObject({
      max_concurrent_executions: typeof limit === 'number' ? { limit, grace: 0 } : limit,
      max_flows: { limit: 12, grace: 0 },
    });
  }
  await starts;
  const log = await expectExact();
  const sets = acceptedEvents(log).filter(
    ({ event }) => event.type === 'TenantQuotasSet' && event.meta.tenantId === 'changing',
  );
  expect(sets.map(({ event }) => event.meta.actorId)).toEqual(limits.map(() => 'root'));
  expect(outcomesOf(log, 'changing').refused).toBeGreaterThan(0);
});

it('quotas that cannot be are refused, and say where', async () => {
  for (const [body, message] of [
    [{ max_cats: 1 }, 'max_cats is no dimension'],
    [{ max_flows: 1.5 }, 'max_flows must be a whole number'],
    [{ max_flows: { limit: 1, grace: -1 } }, 'max_flows.grace must be a whole number'],
  ] as const) {
    const refused = await putQuotas('crowded', body);
    expect([refused.status, refused.body.code]).toEqual([400, 'INVALID_JSON']);
    expect(refused.body.message).toContain(message);
    expect(refused.headers.get('x-flows-position')).not.toBeNull();
  }
});

it('a quota is set once under one Idempotency-Key, and its command is found by operators', async () => {
  const put = (headers: Readonly<Record<string, string>>, limit: number) =>
    send<{ readonly commandId?: string }>(`${both[1]}${OPERATOR_BASE}/tenants/keyed/quotas`, 'PUT', {
      ...{ headers: { ...OPERATOR, ...PATIENT, ...headers }, body: { max_flows: limit } },
    });
  const key = { 'idempotency-key': 'once' };
  const [once, again] = [await put(key, 3), await put(key, 3)];
  expect([once.status, again.status, again.headers.get('x-idempotent-replay')]).toEqual([200, 200, 'true']);
  expect(again.body).toEqual(once.body);
  expect((await put(key, 4)).status).toBe(422);
  const pending = await put({ prefer: 'respond-async' }, 5);
  expect(pending.status).toBe(202);
  const location = pending.headers.get('location') ?? '';
  const found = await send(`${first.urls['projection-service']}${location}`, 'GET', {
    headers: { ...OPERATOR, 'x-flows-min-position': pending.headers.get('x-flows-position') ?? '' },
  });
  expect(found).toMatchObject({
    status: 200,
    body: { type: 'tenant.quotas', status: 'accepted', httpStatus: 200, result: { max_flows: { limit: 5, grace: 0 } } },
  });
});

it('a window slides: full, it says when it has room, and then it has', async () => {
  const { client, refused, at } = windowFilled;
  expect([refused.status, refused.body.dimension]).toEqual([429, 'flow_starts_per_minute']);
  const retryAfterS = Number(refused.headers.get('retry-after'));
  expect(retryAfterS).toBeGreaterThan(0);
  expect(retryAfterS).toBeLessThanOrEqual(60);
  const start = () =>
    client.call<Problem>('POST', '/flows/f/executions', { body: {}, headers: { prefer: 'respond-async' } });
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, at + retryAfterS * 1000 - Date.now())));
  expectStatus(await start(), 202);
  const log = await expectExact();
  expect(outcomesOf(log, 'windowed').started).toBe(WINDOW_LIMIT + 1);
});
