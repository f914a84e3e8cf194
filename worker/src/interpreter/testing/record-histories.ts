import { writeHistory } from './history-file.js';
import { RECORDED_FLOWS } from './recorded-flows.js';
import { openTestInterpreter } from './test-interpreter.js';

/**
 * Records the histories of `RECORDED_FLOWS` on the real engine, for the release named by the first argument:
 * `node worker/dist/interpreter/testing/record-histories.js v1`. Histories of earlier releases are never recorded
 * again: they are what running runs look like.
 */
const release = process.argv[2];
if (release === undefined || !/^v\d+$/.test(release)) throw new Error('name the release: v<n>');
const interpreter = await openTestInterpreter();
for (const [name, { nodes, input, meanwhile }] of Object.entries(RECORDED_FLOWS)) {
  const handle = await interpreter.start(nodes, input);
  await meanwhile?.(handle);
  await handle.result().catch(() => undefined);
  const file = new URL(`../../../histories/${release}-${name}.json`, import.meta.url);
  await writeHistory(file, await handle.fetchHistory());
}
await interpreter.close();
process.exit(0);
