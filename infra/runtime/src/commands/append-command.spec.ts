import { MAX_COMMAND_BYTES, RELEASES, THIS_RELEASE, writeAs, type Command } from '@flowplane/contracts';
import { afterEach, expect, it } from 'vitest';
import { commandRecord } from './append-command.js';

afterEach(() => writeAs(THIS_RELEASE));

const sender = { partitions: 1, source: 'spec' };
const meta = {
  ...{ commandId: 'C', tenantId: 'T', workspaceId: 'W', actorId: 'alice', actorRoles: [], correlationId: 'c' },
  ...{ traceparent: null, submittedAt: 0, attempt: 1, idempotency: null },
};
const input = 'x'.repeat(MAX_COMMAND_BYTES);
const report: Command = {
  type: 'RecordExecutionClosed',
  meta,
  data: {
    ...{ flowId: 'f', executionId: 'e', status: 'Failed', startedAt: 0, closedAt: 0, result: null, nodes: null },
    failure: { nodeId: null, code: 'C', message: input },
  },
};
const start: Command = {
  type: 'StartExecution',
  meta,
  data: {
    ...{ flowId: 'f', executionId: 'e', version: null, input, triggerType: 'manual', strictInputs: false },
    ...{ verdict: null, labels: '{}' },
  },
};

it.each([report, start])('the size of a $type is bounded before it is appended', (command) => {
  expect(() => commandRecord(command, sender)).toThrow(
    expect.objectContaining({
      problem: expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', status: 413 }) as unknown,
    }) as Error,
  );
});

it('what processes of the release before could not read is refused while they may run', () => {
  const command: Command = { type: 'ArchiveFlowVersion', meta, data: { flowId: 'f', version: 1 } };
  expect(commandRecord(command, sender).value.length).toBeGreaterThan(0);
  writeAs(RELEASES[0]);
  expect(() => commandRecord(command, sender)).toThrow(
    expect.objectContaining({
      problem: expect.objectContaining({ code: 'UPGRADE_UNDER_WAY', status: 503 }) as unknown,
    }) as Error,
  );
});
