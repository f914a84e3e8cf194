import { expect, it } from 'vitest';
import { pendingAnswer } from './answers.js';

const pending = { workspaceId: 'w', commandId: 'c', token: undefined, executionId: undefined, applied: null };

it('a command of which it is not known whether the log has it is said to be uncertain', () => {
  expect(pendingAnswer({ ...pending, isInLog: false })).toEqual({
    status: 202,
    body: { commandId: 'c', status: 'pending', uncertain: true },
    headers: { location: '/v1/flows/workspaces/w/commands/c' },
  });
  expect(pendingAnswer({ ...pending, token: 'p' })).toMatchObject({
    body: { commandId: 'c', status: 'pending' },
    headers: { 'x-flows-position': 'p' },
  });
});
