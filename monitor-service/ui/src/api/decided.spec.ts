import { makeFlowplaneClient, type FlowplaneClient } from '@flowplane/contracts/client';
import { expect, it } from 'vitest';
import { decided, Undecided } from './decided.js';

/** A client whose commands have come to this. */
function clientOf(...commands: readonly object[]): FlowplaneClient {
  const left = [...commands];
  const fetch = () => {
    const body = left.length > 1 ? left.shift() : left[0];
    const text = (): Promise<string> => Promise.resolve(JSON.stringify(body));
    return Promise.resolve({ status: 200, headers: new Headers(), body: null, text });
  };
  return makeFlowplaneClient({ fetch, sleep: () => Promise.resolve() }, { url: 'http://flows', workspaceId: 'W' });
}
const PENDING = { commandId: 'C', status: 'pending' } as const;

it('takes an answer that is decided as it is', async () => {
  expect(await decided(clientOf(), { executionId: 'E', status: 'Cancelling' })).toEqual({
    ...{ executionId: 'E', status: 'Cancelling' },
  });
});

it('asks what a command has come to, and says why it was refused', async () => {
  const accepted = clientOf(PENDING, { status: 'accepted', result: { executionId: 'E' } });
  expect(await decided(accepted, PENDING)).toEqual({ executionId: 'E' });
  const refused = clientOf({ status: 'rejected', error: { message: 'The run has ended.' } });
  await expect(decided(refused, PENDING)).rejects.toThrow('The run has ended.');
});

it('does not take what stays undecided for done', async () => {
  await expect(decided(clientOf(PENDING), PENDING)).rejects.toBeInstanceOf(Undecided);
});
