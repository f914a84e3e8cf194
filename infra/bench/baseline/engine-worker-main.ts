import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { makeEchoActivities } from './echo-activities.js';
import { runForked } from './forked-process.js';

// The hand-written worker, a separate process as ours is. Started with an IPC channel; says 'ready' on it and ends
// when it is closed.
runForked(async () => {
  const [address, namespace, taskQueue, options] = process.argv.slice(2) as [string, string, string, string];
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    ...(JSON.parse(options) as Partial<WorkerOptions>),
    connection,
    namespace,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./engine-workflow.js', import.meta.url)),
    activities: makeEchoActivities(),
  });
  process.once('disconnect', () => worker.shutdown());
  process.send?.('ready');
  await worker.run();
  await connection.close();
});
