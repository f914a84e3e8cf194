import { framesOf } from '@flowplane/contracts';
import type { IsolatedServices } from '@flowplane/stack';
import { distributionOf, type Distribution } from '../measure/statistics.js';
import { callExpecting, makeApiClient, workspacePath } from './api-client.js';
import { publishMeasuredFlow } from './published-flow.js';

const TASKS = 10;

/** From the end of an attempt, as its worker says, to the frame at a client, in ms; runs one after the other. */
export async function completionToFrame(services: IsolatedServices, runs: number): Promise<Distribution> {
  const tenantId = 'bench-frames';
  const api = makeApiClient(services.urls['command-service'], { tenantId });
  try {
    const nodes = Array.from({ length: TASKS }, (_, index) => ({
      ...{ id: `t${index}`, type: 'task', taskType: 'demo.echo', input: {} },
      ...(index + 1 < TASKS ? { next: `t${index + 1}` } : {}),
    }));
    const startPath = await publishMeasuredFlow(api, { apiVersion: 'v1.0', name: 'echoes', nodes });
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const { body } = await callExpecting(api, 201, 'POST', startPath, { input: {} });
      const id = encodeURIComponent(String(body['executionId']));
      const url = `${services.urls['monitor-service']}${workspacePath(tenantId)}/executions/${id}/events`;
      const response = await fetch(url, { headers: { 'x-tenant-id': tenantId, 'x-auth-subject': 'bench' } });
      if (response.status !== 200 || response.body === null)
        throw new Error(`a stream was answered ${response.status}`);
      const openedAt = Date.now();
      for await (const frame of framesOf(response.body as AsyncIterable<Uint8Array>)) {
        if (frame.type !== 'node-status' || frame.status !== 'completed' || frame.completedAt === null) continue;
        const completedAt = Date.parse(frame.completedAt);
        // What ended before the stream was open comes from the store.
        if (completedAt > openedAt) times.push(Date.now() - completedAt);
      }
    }
    return distributionOf(times);
  } finally {
    api.close();
  }
}
