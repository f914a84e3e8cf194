import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedRun, expectStatus, makeApiClient, publishFlow, startRun, type ApiClient } from './driver/api-client.js';
import type { Problem } from './driver/api-types.js';
import { waitFlow } from './driver/definitions.js';

const MAX_DEFINITION_BYTES = 3_145_728;
const MAX_JSON_VALUES = 100_000;
const PATIENT = { prefer: 'wait=60' };

let services: IsolatedServices;
let client: ApiClient;
beforeAll(async () => {
  services = await startServices({ env: { FLOWS_QUOTAS: 'off' } });
  client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
});
afterAll(async () => {
  await services?.close();
});

/** A flow whose definition has exactly so many bytes of compact JSON. */
function flowOf(bytes: number): object {
  const flow = { ...waitFlow('PT0S'), description: '' };
  return { ...flow, description: 'x'.repeat(bytes - Buffer.byteLength(JSON.stringify(flow))) };
}

describe('a definition', () => {
  it('of the documented limit is published and runs', async () => {
    await publishFlow(client, 'largest', flowOf(MAX_DEFINITION_BYTES));
    const { executionId } = await startRun(client, 'largest');
    const run = await closedRun(client, 'largest', executionId);
    expect(run).toMatchObject({ status: 'Completed', result: { trace: ['pause'] } });
  });

  it('one byte larger is refused', async () => {
    const definition = flowOf(MAX_DEFINITION_BYTES + 1);
    const body = { name: 'larger', flowId: 'larger', definition };
    expectStatus(await client.call('POST', '/flows', { body, headers: PATIENT }), 201);
    const published = await client.call<Problem>('POST', '/flows/larger/versions', { headers: PATIENT });
    expect(expectStatus(published, 413).code).toBe('DEFINITION_TOO_LARGE');
  });
});

describe('a body', () => {
  const ofValues = (count: number): object => ({ input: { list: Array(count - 2).fill(0) } });

  it('of as many values as may be starts a run', async () => {
    await publishFlow(client, 'listed', waitFlow('PT0S'));
    const started = await client.call<{ executionId: string }>('POST', '/flows/listed/executions', {
      ...{ body: ofValues(MAX_JSON_VALUES), headers: PATIENT },
    });
    const { executionId } = expectStatus(started, 201);
    expect((await closedRun(client, 'listed', executionId)).status).toBe('Completed');
  });

  it.each(['/flows/listed/executions', '/triggers/webhooks/unknown'])('of one more is refused: %s', async (path) => {
    const refused = await client.call<Problem>('POST', path, { body: ofValues(MAX_JSON_VALUES + 1) });
    expect(expectStatus(refused, 413)).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining(`more than ${MAX_JSON_VALUES} values`) as unknown,
    });
  });
});

it('a run waits 2 s', async () => {
  await publishFlow(client, 'two-seconds', waitFlow('PT2S'));
  const { executionId } = await startRun(client, 'two-seconds');
  const { startedAt, closedAt } = await closedRun(client, 'two-seconds', executionId);
  expect(Date.parse(closedAt ?? '') - Date.parse(startedAt ?? '')).toBeGreaterThanOrEqual(2000);
});
