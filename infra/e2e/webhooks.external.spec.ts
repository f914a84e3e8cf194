import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closedRun, expectStatus, PATIENT, readRun, type ApiClient } from './driver/api-client.js';
import { hookPath, publishWebhooks, runsOf, secretsOf, tenant, webhookFlow } from './driver/webhooks.js';

const SCRIPT = fileURLToPath(new URL('./webhook-client.py', import.meta.url));
const FLOW = 'hooked';
const TRIGGER = `${FLOW}:webhook:default`;

type Send = {
  readonly body?: string;
  readonly bytes?: number;
  readonly id?: string;
  readonly signature?: string | null;
  readonly cut?: boolean;
  readonly chunked?: boolean;
};
type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

let services: IsolatedServices;
let alice: ApiClient;
let secret: string;

beforeAll(async () => {
  services = await startServices({ env: { FLOWS_QUOTAS: 'off' } });
  alice = tenant(services.url, 'acme');
  secret = secretsOf(await publishWebhooks(alice, FLOW, webhookFlow()))[TRIGGER] ?? '';
});
afterAll(async () => {
  await services?.close();
});

/** What Python's hmac and requests get for these deliveries, in their order. */
function sends(all: readonly Send[], workers = 1, triggerId = TRIGGER): Promise<readonly Answer[]> {
  const job = { url: alice.urlOf(hookPath(triggerId)), secret, sends: all, workers };
  return new Promise((resolve, reject) => {
    const child = spawn('python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as readonly Answer[]);
      else reject(new Error(`python3 with requests is needed for these tests; it ended with ${String(code)}`));
    });
    child.stdin.end(JSON.stringify(job));
  });
}

const UNSIGNED = { status: 401, body: { code: 'INVALID_SIGNATURE' } };
const taken = (deduplicated: boolean) => ({ status: 202, body: { accepted: true, deduplicated } });

it('a right signature starts a run; a wrong, missing or truncated one does not', async () => {
  const body = '{"order": 1}';
  const before = await runsOf(alice, FLOW);
  const answers = await sends([
    { body, id: 'right' },
    { body, id: 'wrong', signature: `sha256=${'0'.repeat(64)}` },
    { body, id: 'none', signature: null },
    { body, id: 'cut', cut: true },
    { body, id: 'empty', signature: '' },
  ]);
  expect(answers).toMatchObject([taken(false), UNSIGNED, UNSIGNED, UNSIGNED, UNSIGNED]);
  expect(await runsOf(alice, FLOW)).toHaveLength(before.length + 1);
  expect(await sends([{ body }], 1, `${FLOW}:webhook:other`)).toMatchObject([UNSIGNED]);
});

it('what is not JSON, and what comes in chunks, is passed on', async () => {
  const answers = await sends([
    { body: 'order=1&paid', id: 'form' },
    { body: '{"order": 2, "note": "in chunks"}', id: 'chunks', chunked: true },
  ]);
  expect(answers).toMatchObject([taken(false), taken(false)]);
  const inputs = [{ raw: 'order=1&paid' }, { order: 2, note: 'in chunks' }];
  for (const [index, { body }] of answers.entries()) {
    expect((await readRun(alice, FLOW, String(body['executionId']))).input).toEqual(inputs[index]);
  }
});

it('4 MB are too large for a run, and more for any body', async () => {
  const before = await runsOf(alice, FLOW);
  const tooLarge = { status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } };
  const answers = await sends([
    { bytes: 4_000_000, id: 'large' },
    { bytes: 4_000_000, id: 'large-forged', signature: 'sha256=00' },
    { bytes: 4_000_001, id: 'larger' },
    { bytes: 2_000_000, id: 'fits' },
  ]);
  expect(answers).toMatchObject([tooLarge, UNSIGNED, tooLarge, taken(false)]);
  expect(await runsOf(alice, FLOW)).toHaveLength(before.length + 1);
});

it('a hundred at once under one id are one run, now and after it has closed', async () => {
  const before = await runsOf(alice, FLOW);
  const hundred = Array.from({ length: 100 }, () => ({ body: '{"storm": true}', id: 'storm' }));
  const answers = await sends(hundred, 100);
  expect(answers.map(({ status }) => status)).toEqual(hundred.map(() => 202));
  const ids = new Set(answers.map(({ body }) => body['executionId']));
  expect(ids.size).toBe(1);
  expect(answers.filter(({ body }) => body['deduplicated'] === false)).toHaveLength(1);
  expect(await runsOf(alice, FLOW)).toHaveLength(before.length + 1);
  const [executionId] = ids;
  expect((await closedRun(alice, FLOW, String(executionId))).status).toBe('Completed');
  expect(await sends([hundred[0] as Send])).toMatchObject([
    { status: 202, body: { accepted: true, deduplicated: true, executionId } },
  ]);
});

it('after the flow was deleted a known delivery is as unknown as any other', async () => {
  for (const executionId of await runsOf(alice, FLOW)) await closedRun(alice, FLOW, executionId, 180_000);
  expectStatus(await alice.call('DELETE', `/flows/${FLOW}`, { headers: PATIENT }), 200);
  expect(await sends([{ body: '{"storm": true}', id: 'storm' }, { body: '{}' }])).toMatchObject([UNSIGNED, UNSIGNED]);
});
