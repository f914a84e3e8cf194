import { operations, type Operation } from '@flowplane/contracts';
import { expect, test } from 'vitest';
import { faultOf, faultWithout } from './judge.js';

const named = (name: string): Operation => operations().find((one) => one.name === name) as Operation;
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8', 'x-correlation-id': 'correlation-1' };

function judged(name: string, status: number, body: object, headers: Readonly<Record<string, string>> = {}) {
  const operation = named(name);
  const answer = { status, headers: new Headers({ ...JSON_TYPE, ...headers }), text: JSON.stringify(body) };
  return faultOf({ operation, method: operation.method }, answer);
}

test('what a system under load says is no fault, and every other 5xx is one', () => {
  const overloaded = { code: 'OVERLOADED', message: 'Later.' };
  expect(judged('createFlow', 503, overloaded, { 'retry-after': '1' })).toBeUndefined();
  expect(judged('createFlow', 503, overloaded)).toContain('503');
  expect(judged('createFlow', 500, { code: 'CONTROL_PLANE_ERROR', message: 'x' })).toContain('500');
  expect(judged('publishFlow', 502, { code: 'TRIGGER_REGISTRATION_FAILED', message: 'x' })).toContain('502');
});

test('an answer that the document does not promise is a fault', () => {
  expect(judged('getHealth', 200, { status: 'ok' })).toBeUndefined();
  expect(judged('getHealth', 200, { status: 'fine' })).toContain('against its schema');
  expect(judged('getHealth', 201, { status: 'ok' })).toContain('only 200');
  expect(judged('createFlow', 400, { code: 'NEVER_HEARD_OF', message: 'x' })).toContain('no catalogue');
});

test('a connection that breaks is a fault, but for a body that is refused before it is read', () => {
  expect(faultWithout('Error: read ECONNRESET', 100)).toContain('ECONNRESET');
  expect(faultWithout('Error: read ECONNRESET', 4_100_000)).toBeUndefined();
  expect(faultWithout('TimeoutError', 4_100_000)).toContain('TimeoutError');
});

test('a refusal of templates has a text and no code', () => {
  expect(judged('createTemplate', 400, { error: 'no' })).toBeUndefined();
  expect(judged('createTemplate', 501, { error: 'not built' })).toBeUndefined();
  expect(judged('createTemplate', 503, { error: 'Later.' }, { 'retry-after': '1' })).toBeUndefined();
  expect(judged('createTemplate', 503, { error: 'Later.' })).toContain('503');
  expect(judged('createTemplate', 500, { error: 'The control plane failed.' })).toContain('500');
  expect(judged('createTemplate', 400, { message: 'no' })).toContain('against its schema');
});
