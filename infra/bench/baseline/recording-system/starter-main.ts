import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectBaseline, type EnginePlace } from '../engine-baseline.js';
import { runForked } from '../forked-process.js';
import type { StartContents } from '../start-contents.js';
import { openRecords, type RecordPlace } from './records.js';

const CONNECTIONS = 10;

// What the hand-written system takes requests with, forked: `POST /` starts a run and is answered 202 with its id. Says
// its port when it listens, and ends when its channel is closed.
runForked(async () => {
  const [place, recordPlace, contents] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [
    EnginePlace,
    RecordPlace,
    StartContents,
  ];
  const records = await openRecords(recordPlace, CONNECTIONS);
  const baseline = await connectBaseline(place);
  const start = async (): Promise<string> => {
    const runId = `by-hand-${randomUUID()}`;
    await records.runAsked(runId, '{}');
    await baseline.startWith(runId, 'threeRecordedActivities', contents);
    return runId;
  };
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      start().then(
        (runId) =>
          response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ executionId: runId })),
        (thrown: unknown) => response.writeHead(500).end(String(thrown)),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
  await once(process, 'disconnect');
  server.close();
  server.closeAllConnections();
  await baseline.close();
  await records.close();
});
