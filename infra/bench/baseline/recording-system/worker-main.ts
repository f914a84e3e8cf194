import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { EnginePlace } from '../engine-baseline.js';
import { runForked } from '../forked-process.js';
import { makeRecordingActivities } from './recording-activities.js';
import { openRecords, type RecordPlace } from './records.js';

/** As many as the pool of a process that runs activities may hold. */
const CONNECTIONS = 10;

// The worker of the hand-written system, forked: says 'ready' and ends when its channel is closed.
runForked(async () => {
  const [place, recordPlace, options] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [
    EnginePlace,
    RecordPlace,
    Partial<WorkerOptions>,
  ];
  const records = await openRecords(recordPlace, CONNECTIONS);
  const connection = await NativeConnection.connect({ address: place.address });
  const worker = await Worker.create({
    ...options,
    connection,
    namespace: place.namespace,
    taskQueue: place.taskQueue,
    workflowsPath: fileURLToPath(new URL('./recording-workflow.js', import.meta.url)),
    activities: makeRecordingActivities(records),
  });
  process.once('disconnect', () => worker.shutdown());
  process.send?.('ready');
  await worker.run();
  await connection.close();
  await records.close();
});
