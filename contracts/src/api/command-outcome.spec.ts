import { expect, test } from 'vitest';
import type { CommandAcknowledged } from '../log/messages/index.js';
import { commandOutcome } from './command-outcome.js';

test.each([
  ['DeprovisionTemplate', 200, { workflow_id: 't1' }],
  ['ProvisionTemplate', 202, { workflow_id: 't1' }],
  ['CancelExecution', 202, { status: 'Cancelling' }],
] as const)(
  '%s of a run that is under way has the result of the request that began it',
  (commandType, status, result) => {
    const executionId = 'acme:_tpl:t1:f5f2a9de-27fe-4f2c-8c8a-09ba3d6a0f3b';
    const data = { reason: 'already', originalCommandId: null, executionId } as const;
    const event = { type: 'CommandAcknowledged', meta: { commandType }, data } as CommandAcknowledged;
    expect(commandOutcome(event)).toMatchObject({ status: 'accepted', httpStatus: status, result });
  },
);
