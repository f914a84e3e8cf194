import { decodeMessage, partitionOf } from '@flowplane/contracts';
import { validateStructure } from '@flowplane/contracts/flow';
import { describe, expect, it } from 'vitest';
import { commandRecord, flowCommands, overlappingRuns, tenantIn, THREE_TASK_FLOW } from './run-commands.js';

const tenant = tenantIn(7, 12);

describe('tenantIn', () => {
  it.each([0, 5, 11])('finds a tenant of partition %d', (partition) => {
    expect(partitionOf(tenantIn(partition, 12).tenantId, 12)).toBe(partition);
  });
});

describe('overlappingRuns', () => {
  const commands = [...overlappingRuns(tenant, 10, 3)];
  const runOf = (command: (typeof commands)[number]) => ('executionId' in command.data ? command.data.executionId : '');

  it('starts, begins and closes every run once, in this order', () => {
    const runs = new Set(commands.map(runOf));
    expect(runs.size).toBe(10);
    for (const run of runs) {
      const life = commands.filter((command) => runOf(command) === run).map(({ type }) => type);
      expect(life).toEqual(['StartExecution', 'RecordExecutionStarted', 'RecordExecutionClosed']);
    }
  });

  it('has as many runs open as asked', () => {
    const first = commands.findIndex(({ type }) => type === 'RecordExecutionClosed');
    expect(commands.slice(0, first).filter(({ type }) => type === 'StartExecution')).toHaveLength(4);
  });
});

describe('commandRecord', () => {
  it.each([...flowCommands(tenant), ...overlappingRuns(tenant, 1, 1)])(
    'encodes what the decider reads: $type',
    (command) => {
      const record = commandRecord(tenant, command);
      expect(record.partition).toBe(7);
      expect(decodeMessage(record.value)).toEqual({ kind: 'command', command });
    },
  );
});

describe('the measured flow', () => {
  it('is one that can be published', () => {
    expect(validateStructure(THREE_TASK_FLOW)).toMatchObject({ ok: true });
  });
});
