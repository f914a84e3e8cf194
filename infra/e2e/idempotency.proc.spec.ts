import { randomUUID } from 'node:crypto';
import type { IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, makeApiClient, PATIENT, publishFlow, runPath, startRun } from './driver/api-client.js';
import type { Answer, ApiClient } from './driver/api-client.js';
import { approvalsFlow } from './driver/approvals.js';
import { waitFlow } from './driver/definitions.js';
import { startFleet, type Fleet } from './driver/fleet.js';
import { inParallel, sendUntilAnswered, type Persisted } from './driver/load.js';
import { checkLog } from './driver/log-check.js';
import { acceptedEvents } from './driver/log-reader.js';
import { settledLog } from './driver/settled-log.js';

const CALLER = { tenantId: 'once', workspaceId: 'once-w' };
const CLIENTS = 50;
/** Outcomes that change nothing. */
const NO_EFFECT = ['CommandRejected', 'CommandAcknowledged', 'CommandStale'];

let fleet: Fleet;
/** The sets that have a command-service. */
let shells: readonly IsolatedServices[];
let client: ApiClient;

beforeAll(async () => {
  // No worker: runs stay where they are, so that answers that show a run's status can be equal.
  fleet = await startFleet({ FLOWS_QUOTAS: 'off' }, { worker: false });
  shells = fleet.of('command-service');
  client = makeApiClient(fleet.urlsOf('command-service')[0] as string, CALLER);
  await publishFlow(client, 'steady', waitFlow('PT1H'));
  await publishFlow(client, 'desk', approvalsFlow([{ id: 'review' }]));
});

afterAll(async () => {
  await fleet?.close();
});

type Sent = { readonly method: string; readonly path: string; readonly body?: object };
type Body = Readonly<Record<string, unknown>>;

/** One request as a careful client sends it: who does not answer is asked no more, the other one is. */
function send({ method, path, body }: Sent, key: string, turn: number): Promise<Persisted<Body>> {
  const urls = fleet.urlsOf('command-service');
  return sendUntilAnswered<Body>(
    turn % 2 === 0 ? urls : urls.toReversed(),
    method,
    makeApiClient('', CALLER).urlOf(path),
    {
      idempotencyKey: key,
      headers: { ...client.headers, ...PATIENT },
      timeoutMs: 65_000,
      ...(body === undefined ? {} : { body }),
    },
  );
}

/** What a client can tell answers apart by. */
const shown = ({ status, body }: Answer<Body>) => ({ status, body });

/** Events under a key that changed something, by the command that did. */
async function effectsOf(key: string): Promise<ReadonlySet<string>> {
  const log = await settledLog(fleet.env);
  expect(checkLog(log, {})).toEqual([]);
  const effects = acceptedEvents(log).filter(
    ({ event }) => event.meta.idempotency?.key === key && !NO_EFFECT.includes(event.type),
  );
  return new Set(effects.map(({ event }) => event.meta.commandId));
}

describe('the same key 50 times at once, over two instances, one of which is killed', () => {
  /** Requests that got no answer at first: the kill hit what was under way. */
  let broken = 0;

  it.each<[string, number, () => Promise<Sent>]>([
    ['create', 5, async () => ({ method: 'POST', path: '/flows', body: { name: 'made', flowId: randomUUID() } })],
    ['start', 15, async () => ({ method: 'POST', path: '/flows/steady/executions', body: { input: { n: 1 } } })],
    ['publish', 40, async () => ({ method: 'POST', path: '/flows/steady/versions', body: { note: 'as it is' } })],
    ['signal', 10, async () => signalTo(await startRun(client, 'desk'))],
    ['cancel', 25, async () => cancelOf(await startRun(client, 'steady'))],
  ])('%s (killed after %i ms): one effect, equal answers, and 422 for anything else', async (_what, killMs, make) => {
    const sent = await make();
    const key = randomUUID();
    const victim = shells[killMs % 2] as IsolatedServices;
    const answering = inParallel(CLIENTS, CLIENTS, (turn) => send(sent, key, turn));
    await new Promise((resolve) => setTimeout(resolve, killMs));
    const killed = victim.kill('command-service');
    const answers = await answering;
    broken += answers.filter(({ attempts }) => attempts > 1).length;

    expect(answers).toHaveLength(CLIENTS);
    expect(answers[0]?.status).toBeLessThan(300);
    expect(answers.map(shown)).toEqual(answers.map(() => shown(answers[0] as Persisted<Body>)));
    // Every answer but the first one's own says that it is a repeat; the first one's own may have died on the way.
    const own = answers.filter(({ headers }) => headers.get('x-idempotent-replay') === null);
    expect(own.length).toBeLessThanOrEqual(1);
    expect((await effectsOf(key)).size).toBe(1);

    await victim.restarted('command-service', killed);
    const other = await send({ ...sent, body: { ...sent.body, other: true } }, key, killMs);
    expect([other.status, other.body['code']]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect((await effectsOf(key)).size).toBe(1);
  });

  it('hit requests that were under way', () => {
    expect(broken).toBeGreaterThan(0);
  });
});

type Run = { readonly executionId: string };
const signalTo = ({ executionId }: Run): Sent => ({
  ...{ method: 'POST', path: `${runPath('desk', executionId)}/signals/review` },
  body: { approved: true },
});
const cancelOf = ({ executionId }: Run): Sent => ({
  method: 'POST',
  path: `${runPath('steady', executionId)}/cancellations`,
});

it('refused commands bind no key, however many come at once', async () => {
  const key = randomUUID();
  const publish: Sent = { method: 'POST', path: '/flows/late/versions' };
  const refused = await inParallel(CLIENTS, CLIENTS, (turn) => send(publish, key, turn));
  expect(new Set(refused.map(({ status, body }) => `${status} ${String(body['code'])}`))).toEqual(
    new Set(['404 FLOW_NOT_FOUND']),
  );
  expect(refused.some(({ headers }) => headers.has('x-idempotent-replay'))).toBe(false);
  // The key is free for something else altogether, and bound by that.
  const create: Sent = {
    method: 'POST',
    path: '/flows',
    body: { name: 'late', flowId: 'late', definition: waitFlow('PT1H') },
  };
  const made = await send(create, key, 0);
  expect([made.status, made.headers.get('x-idempotent-replay')]).toEqual([201, null]);
  expect((await send(publish, key, 1)).body['code']).toBe('IDEMPOTENCY_KEY_REUSED');
});

it('a key is one workspace’s: the same one elsewhere is another', async () => {
  const key = randomUUID();
  const create: Sent = { method: 'POST', path: '/flows', body: { name: 'n' } };
  const here = await send(create, key, 0);
  const elsewhere = makeApiClient(fleet.urlsOf('command-service')[0] as string, { ...CALLER, workspaceId: 'once-w2' });
  const there = await elsewhere.call<Body>('POST', '/flows', {
    ...{ body: { name: 'n' }, headers: { ...PATIENT, 'idempotency-key': key } },
  });
  expect(expectStatus(there, 201)['flowId']).not.toBe(here.body['flowId']);
  expect(there.headers.get('x-idempotent-replay')).toBeNull();
});

it('a key outlives every process that knew it, and not its time', async () => {
  const key = randomUUID();
  const start: Sent = { method: 'POST', path: '/flows/steady/executions', body: { input: { n: 2 } } };
  const original = await send(start, key, 0);
  expect([original.status, original.headers.get('x-idempotent-replay')]).toEqual([201, null]);

  const killed = shells.map((services) => services.kill('command-service'));
  await Promise.all(shells.map((services, n) => services.restarted('command-service', killed[n] as number)));
  const repeat = await send(start, key, 1);
  expect(shown(repeat)).toEqual(shown(original));
  expect(repeat.headers.get('x-idempotent-replay')).toBe('true');

  for (const services of shells) {
    await services.stop('command-service');
    await services.start('command-service', { FLOWS_IDEMPOTENCY_TTL: '1s' });
  }
  const later = await send(start, key, 0);
  expect([later.status, later.headers.get('x-idempotent-replay')]).toEqual([201, null]);
  expect(later.body['executionId']).not.toBe(original.body['executionId']);
  expect(checkRunsUnder(await settledLog(fleet.env), key)).toBe(2);
});

const checkRunsUnder = (log: Awaited<ReturnType<typeof settledLog>>, key: string): number =>
  acceptedEvents(log).filter(({ event }) => event.type === 'ExecutionRequested' && event.meta.idempotency?.key === key)
    .length;
