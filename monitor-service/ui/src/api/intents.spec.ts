import { FlowplaneError } from '@flowplane/contracts/client';
import { expect, it } from 'vitest';
import { Refused, Undecided } from './decided.js';
import { makeIntents } from './intents.js';

const refusal = (operation: string, status: number): FlowplaneError =>
  new FlowplaneError(operation, { status, headers: new Headers() }, '{}');

/** The keys of two tries of the same thing, the first of which ends so. */
async function keysOfTwo(first: () => Promise<unknown>): Promise<readonly [string, string]> {
  const intend = makeIntents();
  const keys: string[] = [];
  const tryWith = (end: () => Promise<unknown>): Promise<unknown> =>
    intend('the same', (key) => {
      keys.push(key);
      return end();
    }).catch(() => undefined);
  await tryWith(first);
  await tryWith(() => Promise.resolve());
  return keys as unknown as readonly [string, string];
}

it.each([
  ['an answer that was lost', new TypeError('Failed to fetch')],
  ['an answer of a gateway', refusal('retryExecution', 504)],
  ['no decision', new Undecided('not yet')],
  ['a command that cannot be looked at', refusal('getCommand', 429)],
])('the key is the same behind %s', async (_what, cause) => {
  const [first, second] = await keysOfTwo(() => Promise.reject(cause));
  expect(second).toBe(first);
});

it.each([
  ['a refusal', refusal('retryExecution', 409)],
  ['a refusal that came later', new Refused('no')],
])('the key is another one behind %s', async (_what, cause) => {
  const [first, second] = await keysOfTwo(() => Promise.reject(cause));
  expect(second).not.toBe(first);
});

it('the key is another one behind what was done, and of something else', async () => {
  const [first, second] = await keysOfTwo(() => Promise.resolve('done'));
  expect(second).not.toBe(first);
  const intend = makeIntents();
  const [one, other] = await Promise.all([
    intend('one', (key) => Promise.resolve(key)),
    intend('other', (key) => Promise.resolve(key)),
  ]);
  expect(one).not.toBe(other);
});
