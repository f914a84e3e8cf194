import { expect, it } from 'vitest';
import { checkAnswer } from './answer-check.js';

const RUN = 'http://host/v1/flows/workspaces/W/flows/F/executions';
const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: new Headers({ 'content-type': 'application/json; charset=utf-8', 'x-flows-position': 'bzA6MQ', ...headers }),
  text: JSON.stringify(body),
});
const started = { executionId: 'T:W:F:1', workflowId: 'T:W:F:1', runId: '1', version: 1, status: 'Running' };
const check = (given: ReturnType<typeof answer>) => () => checkAnswer('POST', RUN, given);

it('passes answers that the document describes', () => {
  expect(check(answer(201, started))).not.toThrow();
  expect(check(answer(202, { commandId: 'c', status: 'pending' }, { location: '/x' }))).not.toThrow();
  expect(check(answer(429, { code: 'QUOTA_EXCEEDED', message: 'm', dimension: 'max_flows' }))).not.toThrow();
  expect(() => checkAnswer('GET', 'http://host/nowhere', answer(404, {}))).not.toThrow();
});

it.each([
  ['a status that is not documented', answer(418, {}), /only .*201/],
  ['a member that is not documented', answer(201, { ...started, engineRunId: 'x' }), /engineRunId/],
  ['a member that is missing', answer(201, { ...started, runId: undefined }), /runId/],
  ['a value that is none', answer(201, { ...started, status: 'running' }), /\/status/],
  ['a code of another route', answer(404, { code: 'SCHEDULE_NOT_FOUND', message: 'm' }), /\/code/],
  ['a fault with details', answer(500, { code: 'CONTROL_PLANE_ERROR', message: 'm', errors: [] }), /errors/],
  ['another content type', answer(201, started, { 'content-type': 'text/plain' }), /content type text\/plain/],
  ['no location of a pending command', answer(202, { commandId: 'c', status: 'pending' }), /location/],
])('refuses %s', (_what, given, reason) => {
  expect(check(given)).toThrow(reason);
});

it('refuses success on a route that the document does not have', () => {
  expect(() => checkAnswer('GET', 'http://host/v1/secret', answer(200, {}))).toThrow(/no such route/);
});
