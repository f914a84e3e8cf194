import { existsSync } from 'node:fs';
import { writeHistory } from './history-file.js';
import { publishedFixtures, recordedFixtures } from './recorded-fixtures.js';
import { RECORDED_FLOWS, type RecordedFlow } from './recorded-flows.js';
import { openTestInterpreter } from './test-interpreter.js';
import { openUpstream } from './upstream.js';

/**
 * Records histories on the real engine, for the release named by the first argument:
 * `node worker/dist/interpreter/testing/record-histories.js v1`. They are those of `RECORDED_FLOWS` and one for every
 * fixture of contracts. A history that is there is never recorded again: it is what running runs look like.
 */
const release = process.argv[2];
if (release === undefined || !/^v\d+$/.test(release)) throw new Error('name the release: v<n>');
const upstream = await openUpstream();
const interpreter = await openTestInterpreter({ FLOWS_HTTP_ALLOW_HOSTS: upstream.host });

async function record(name: string, flow: RecordedFlow): Promise<void> {
  const file = new URL(`../../histories/${release}-${name}.json`, import.meta.url);
  if (existsSync(file)) return;
  const { nodes, definition, input, published = {}, reuse, meanwhile } = flow;
  for (const [flowId, of] of Object.entries(published)) await interpreter.flows.publish(flowId, of);
  const handle = await interpreter.start(definition ?? nodes, input, reuse === undefined ? {} : { reuse });
  await meanwhile?.(handle);
  await handle.result().catch(() => undefined);
  await writeHistory(file, await handle.fetchHistory());
}
for (const [name, flow] of Object.entries(RECORDED_FLOWS)) await record(name, flow);
for (const { flowId, definition } of publishedFixtures()) await interpreter.flows.publish(flowId, definition);
const fixtures = Object.entries(recordedFixtures(upstream.url('')));
await Promise.all(fixtures.map(([name, flow]) => record(`fixture-${name}`, flow)));
await interpreter.close();
await upstream.close();
process.exit(0);
