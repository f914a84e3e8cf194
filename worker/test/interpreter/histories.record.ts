import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeHistory } from './history-file.js';
import { publishedFixtures, recordedFixtures } from './recorded-fixtures.js';
import { RECORDED_FLOWS, type RecordedFlow } from './recorded-flows.js';
import { openTestInterpreter, type TestInterpreter } from './test-interpreter.js';
import { openUpstream, type Upstream } from './upstream.js';

/**
 * Records histories on the real engine, for the release that RECORD_HISTORIES names:
 * `RECORD_HISTORIES=v2 npm test -- --record`. They are those of `RECORDED_FLOWS` and one for every fixture of contracts.
 * A history that is there is never recorded again: it is what running runs look like. RECORD_HISTORIES_INTO names
 * another folder than worker/histories.
 */
const release = process.env['RECORD_HISTORIES'] ?? '';
const into = process.env['RECORD_HISTORIES_INTO'];
const folder = into === undefined ? new URL('../../histories/', import.meta.url) : pathToFileURL(`${into}/`);
const MINUTES = 60_000;

let upstream: Upstream;
let interpreter: TestInterpreter;
beforeAll(async () => {
  upstream = await openUpstream();
  interpreter = await openTestInterpreter({ FLOWS_HTTP_ALLOW_HOSTS: upstream.host });
}, 5 * MINUTES);
afterAll(async () => {
  await interpreter.close();
  await upstream.close();
});

async function record(name: string, flow: RecordedFlow): Promise<void> {
  const file = new URL(`${release}-${name}.json`, folder);
  if (existsSync(file)) return;
  const { nodes, definition, input, published = {}, reuse, limits, meanwhile } = flow;
  for (const [flowId, of] of Object.entries(published)) await interpreter.flows.publish(flowId, of);
  const more = { ...(reuse === undefined ? {} : { reuse }), ...(limits === undefined ? {} : { limits }) };
  const handle = await interpreter.start(definition ?? nodes, input, more);
  await meanwhile?.(handle);
  await handle.result().catch(() => undefined);
  await writeHistory(file, await handle.fetchHistory());
}

test('every flow and fixture has a history of the release', { timeout: 30 * MINUTES }, async () => {
  expect(release, 'RECORD_HISTORIES names the release').toMatch(/^v\d+$/);
  for (const [name, flow] of Object.entries(RECORDED_FLOWS)) await record(name, flow);
  for (const { flowId, definition } of publishedFixtures()) await interpreter.flows.publish(flowId, definition);
  const fixtures = Object.entries(recordedFixtures(upstream.url('')));
  await Promise.all(fixtures.map(([name, flow]) => record(`fixture-${name}`, flow)));
});
