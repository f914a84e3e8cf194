import { makeFlowplaneClient, type FlowplaneClient } from '@flowplane/contracts/client';
import { expect, it } from 'vitest';
import { check } from './language/check.js';
import { ask } from './use-findings.js';

const TEXT = "apiVersion: v1.0\nname: Sub\nnodes:\n  - { id: s, type: sub-flow, flowId: nowhere, flowVersion: '1' }\n";

/** A client whose calls are answered with this. */
function clientOf(status: number, body: object): FlowplaneClient {
  const text = (): Promise<string> => Promise.resolve(JSON.stringify(body));
  const fetch = () => Promise.resolve({ status, headers: new Headers(), body: null, text });
  return makeFlowplaneClient({ fetch, sleep: () => Promise.resolve() }, { url: 'http://flows', workspaceId: 'W' });
}

it('knows what the API says from no answer, which says nothing about the text', async () => {
  const own = check(TEXT);
  const error = { code: 'FLW-E004', nodeId: 's', message: 'no such published version', line: 4, column: 5 };
  const refused = clientOf(422, { code: 'VALIDATION_FAILED', message: 'm', errors: [error] });
  expect(await ask(refused, own)).toMatchObject([{ severity: 'error', code: 'FLW-E004', line: 4 }]);
  expect(await ask(clientOf(200, { valid: true }), own)).toEqual([]);
  expect(await ask(clientOf(429, { code: 'RATE_LIMIT_EXCEEDED', message: 'm' }), own)).toBeUndefined();
  expect(await ask(clientOf(503, { code: 'STORE_UNAVAILABLE', message: 'm' }), own)).toBeUndefined();
});
