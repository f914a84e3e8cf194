import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventsOf } from '@flowplane/contracts';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectStatus, makeApiClient, publishFlow, send, startRun, type ApiClient } from './driver/api-client.js';
import { openBrowser } from './driver/browser.js';
import { takeStream } from './driver/event-stream.js';
import { ensurePythonTool } from './driver/python-tool.js';

const scriptOf = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));
const SSE_CLIENT = { name: 'sseclient-py', version: '1.9.0' };
/** Waits beside each other, a branch, and a task that fails for good: nothing needs anybody's help. */
const FLOW = {
  apiVersion: 'v1.0',
  name: 'watched',
  nodes: [
    { id: 'both', type: 'parallel', branches: ['rest', 'doze'], next: 'choose' },
    { id: 'rest', type: 'wait', duration: 'PT2S' },
    { id: 'doze', type: 'wait', duration: 'PT1S' },
    { id: 'choose', type: 'branch', arms: [{ when: 'false', next: 'never' }], default: 'call' },
    { id: 'never', type: 'wait', duration: 'PT1S' },
    { id: 'call', type: 'task', taskType: 'http.request', input: { url: 'http://127.0.0.1:9/refused' } },
  ],
};
type Shown = { readonly event: string; readonly id: string; readonly data: string };

let services: IsolatedServices;
let browser: Browser;
let alice: ApiClient;
let key: string;
beforeAll(async () => {
  services = await startServices({ env: { FLOWS_QUOTAS: 'off' } });
  alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
  await publishFlow(alice, 'watched', FLOW);
  const operator = { 'x-tenant-id': 'acme', 'x-auth-subject': 'operator', 'x-actor-roles': 'platform_admin' };
  const made = await send<{ readonly key: string }>(
    `${services.url}/v1/internal/flows/workspaces/acme-main/api-keys`,
    'POST',
    { headers: operator, body: { type: 'anon' } },
  );
  ({ key } = expectStatus(made, 201));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await services?.close();
});

/** What a program prints until it ends by itself. @throws Error when it fails */
function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`${command} ended with ${code}`))));
  });
}
/** In a page: what the EventSource of the browser gets until it has given up. */
const READ_BY_EVENT_SOURCE = (url: string): string => `new Promise((resolve) => {
  const source = new EventSource(${JSON.stringify(url)});
  const shown = [];
  for (const name of ['node-status', 'log-line', 'stream-end'])
    source.addEventListener(name, ({ type, lastEventId, data }) => shown.push({ event: type, id: lastEventId, data }));
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) resolve(shown);
  });
})`;

/** Frames and answers that a page of the same origin gets, with its security policy. */
async function byBrowser(url: string): Promise<{ readonly shown: readonly Shown[]; readonly answers: number[] }> {
  const page = await browser.newPage();
  await page.goto(`${services.url}/docs`);
  const answers: number[] = [];
  page.on('response', (answer) => {
    if (answer.url() === url) answers.push(answer.status());
  });
  const shown = (await page.evaluate(READ_BY_EVENT_SOURCE(url))) as readonly Shown[];
  await page.close();
  return { shown, answers };
}

const lines = (text: string): readonly Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const withoutEndsId = (shown: readonly Shown[]): readonly object[] =>
  shown.map(({ event, id, data }) => (event === 'stream-end' ? { event, data } : { event, id, data }));

it('curl, a client in Python, Chromium and the EventSource of Node get the same frames, and stop at the end', async () => {
  const python = join(await ensurePythonTool(SSE_CLIENT), 'bin', 'python');
  const { executionId } = await startRun(alice, 'watched');
  // Programs that can send no headers name their key in the address.
  const url = `${alice.urlOf(`/executions/${encodeURIComponent(executionId)}/events`)}?apikey=${key}`;
  const [byCurl, byPython, byEventSource, inBrowser] = await Promise.all([
    output('curl', ['-sN', '--max-time', '300', url]),
    output(python, [scriptOf('stream-client.py'), url]),
    output(process.execPath, ['--no-warnings', '--experimental-eventsource', scriptOf('stream-client.mjs'), url]),
    byBrowser(url),
  ]);
  const whole = await takeStream(alice, executionId);
  const truth = whole.frames.map(({ event, id, data }) => (id === null ? { event, data } : { event, id, data }));
  expect(truth.length).toBeGreaterThan(10);
  expect(truth.at(-1)).toMatchObject({ event: 'stream-end' });

  const curlEvents: object[] = [];
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from(byCurl));
  }
  for await (const { event, id, data } of eventsOf(bytes())) {
    if (event !== undefined) curlEvents.push(id === undefined ? { event, data } : { event, id, data });
  }
  expect(curlEvents).toEqual(truth);
  expect(withoutEndsId(lines(byPython) as unknown as Shown[])).toEqual(truth);
  // It reconnected after the end, was answered 204, and gave up: else its program would not have ended.
  expect(withoutEndsId(lines(byEventSource) as unknown as Shown[])).toEqual(truth);
  expect(withoutEndsId(inBrowser.shown)).toEqual(truth);
  // One stream, and the answer after its end by which a browser stops for good.
  expect(inBrowser.answers).toEqual([200, 204]);
});
