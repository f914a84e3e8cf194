import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { mintToken, topicNames } from '@flowplane/contracts';
import { startServices, startStack, type IsolatedServices, type IsolatedStack } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closedRun, expectStatus, type ApiClient } from './driver/api-client.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { partitionsOf, readTopic, withLog } from './driver/log-reader.js';
import { withDatabase } from './driver/log-totals.js';
import { filesWith, holds, tablesWith, type Sought } from './driver/search-at-rest.js';
import { deliver, publishAgain, publishWebhooks, secretsOf, tenant, webhookFlow } from './driver/webhooks.js';

const MASTER_KEY = 'the master key of this test';
/**
 * Any execution token (tasks 5.2): JSON and an HMAC-SHA256, both in base64url. Nobody outside of a worker ever sees one, so
 * none can be known; whatever looks like one counts.
 */
const EXECUTION_TOKEN = /eyJ[\w-]{80,}\.[\w-]{43}/;
const anyPayload = {
  ...{ tenantId: 'acme', workspaceId: 'acme-main', expiresAt: 1_800_000_000_000 },
  ...{ jti: randomUUID(), keyDerivation: 'hmac-v1' as const },
};
/** Of its own: its files are searched. */
let stack: IsolatedStack;
let services: IsolatedServices;
let called: CalledServer;
let alice: ApiClient;

beforeAll(async () => {
  called = await startCalledServer();
  stack = await startStack();
  services = await startServices({
    endpoints: stack.endpoints,
    env: { FLOWS_QUOTAS: 'off', NODE_ENV: 'production', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
  });
  alice = tenant(services.url, 'acme');
});
afterAll(async () => {
  await services?.close();
  await stack?.close();
  await called?.close();
});

it('without a key, production refuses to register, stores nothing, and verifies nothing', async () => {
  const refused = await publishWebhooks(alice, 'keyless', webhookFlow());
  expect(refused).toMatchObject({ status: 502, body: { code: 'TRIGGER_REGISTRATION_FAILED' } });
  const triggers = await alice.call<{ items: unknown[] }>('GET', '/triggers/webhooks');
  expect(expectStatus(triggers, 200).items).toEqual([]);
  const versions = await alice.call<{ items: unknown[] }>('GET', '/flows/keyless/versions');
  expect(expectStatus(versions, 200).items).toEqual([]);
  expect((await deliver(alice, 'keyless:webhook:default', 'a'.repeat(64), '{}')).body.code).toBe('INVALID_SIGNATURE');
});

it('with a key, no webhook secret, master key or execution token is in clear in a topic, file or database', async () => {
  for (const name of ['trigger-service', 'command-service', 'projection-service'] as const) {
    await services.stop(name);
    await services.start(name, { FLOW_TRIGGER_SECRET_KEY: MASTER_KEY });
  }
  const marker = 'to-be-found-4711';
  const node = { id: 'call', type: 'task', taskType: 'http.request', input: { url: `${called.url}/call` } };
  const published = await publishWebhooks(alice, 'sealed', { ...webhookFlow(), nodes: [node] });
  const secret = secretsOf(published)['sealed:webhook:default'] ?? '';
  expect(secretsOf(await publishAgain(alice, 'keyless'))['keyless:webhook:default']).toMatch(/^[0-9a-f]{64}$/);
  const sent = await deliver(alice, 'sealed:webhook:default', secret, JSON.stringify({ marker }));
  expect(await closedRun(alice, 'sealed', expectStatus(sent, 202).executionId)).toMatchObject({ status: 'Completed' });
  expect(mintToken(anyPayload, 's'.repeat(32))).toMatch(EXECUTION_TOKEN);
  const hidden = [secret, MASTER_KEY, EXECUTION_TOKEN];

  const topics = topicNames(services.env['FLOWS_TOPIC_PREFIX'] ?? '');
  const records = await withLog(services.env, async (kafka) => {
    const all = [];
    for (const topic of [topics.commands, topics.events, topics.runs, topics.audit, topics.deadLetters]) {
      const partitions = topic === topics.deadLetters ? 1 : partitionsOf(services.env);
      all.push(...(await readTopic(kafka, topic, partitions)));
    }
    return all;
  });
  const inRecords = (one: Sought): number => records.filter(({ value }) => holds(value, one)).length;
  expect(inRecords(marker)).toBeGreaterThan(0);
  expect(hidden.map(inRecords)).toEqual(hidden.map(() => 0));

  const home = dirname(stack.pidsFile);
  await withDatabase(services.env['FLOWS_DB_URL'], (pool) => pool.query('CHECKPOINT'));
  expect((await filesWith(home, [marker])).length).toBeGreaterThan(0);
  expect(await filesWith(home, hidden)).toEqual([]);

  // Files hold large values compressed, so every value of every database is read as well, the engine's included.
  const tables = await tablesWith(stack.endpoints.dbUrl, [marker]);
  expect(tables).toEqual(expect.arrayContaining([expect.stringMatching(/^temporal\.public\.history_node/)]));
  expect(tables.filter((table) => table.includes('.flows.')).length).toBeGreaterThan(0);
  expect(await tablesWith(stack.endpoints.dbUrl, hidden)).toEqual([]);

  for (const log of ['trigger-service', 'command-service', 'projection-service', 'worker', 'executor'] as const) {
    const text = await readFile(services.logOf(log), 'utf8');
    for (const one of hidden) expect(holds(text, one)).toBe(false);
  }
});
