import { existsSync } from 'node:fs';
import { writeHistory } from './history-file.js';
import { RECORDED_FLOWS } from './recorded-flows.js';
import { openTestInterpreter } from './test-interpreter.js';

/**
 * Records the histories of `RECORDED_FLOWS` on the real engine, for the release named by the first argument:
 * `node worker/dist/interpreter/testing/record-histories.js v1`. A history that is there is never recorded again: it is
 * what running runs look like.
 */
const release = process.argv[2];
if (release === undefined || !/^v\d+$/.test(release)) throw new Error('name the release: v<n>');
const interpreter = await openTestInterpreter();
for (const [name, flow] of Object.entries(RECORDED_FLOWS)) {
  const file = new URL(`../../../histories/${release}-${name}.json`, import.meta.url);
  if (existsSync(file)) continue;
  const { nodes, input, published = {}, reuse, meanwhile } = flow;
  for (const [flowId, of] of Object.entries(published)) await interpreter.flows.publish(flowId, of);
  const handle = await interpreter.start(nodes, input, reuse === undefined ? {} : { reuse });
  await meanwhile?.(handle);
  await handle.result().catch(() => undefined);
  await writeHistory(file, await handle.fetchHistory());
}
await interpreter.close();
process.exit(0);
