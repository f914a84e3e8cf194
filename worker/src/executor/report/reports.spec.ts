import { decodeMessage, NO_LATER_MEMBERS, type Frame } from '@flowplane/contracts';
import { AppendFault, KafkaFault, type BatchProducer, type OutgoingRecord } from '@flowplane/plumbing/kafka';
import type { DeadLetter } from '@flowplane/runtime/dead-letters';
import { describe, expect, it } from 'vitest';
import { makeReports, type ClosedRun } from './reports.js';

const refused = (): AppendFault => {
  const cause = new KafkaFault('MESSAGE_TOO_LARGE', false, 'too large');
  return new AppendFault({ appended: 'no', retryable: false }, cause.message, { cause });
};
/** Brokers that take no record above a number of bytes. */
function brokers(maxBytes: number) {
  const taken: OutgoingRecord[] = [];
  const appendAll = (records: readonly OutgoingRecord[]): Promise<void> => {
    if (records.some(({ value }) => value.length > maxBytes)) return Promise.reject(refused());
    taken.push(...records);
    return Promise.resolve();
  };
  return { taken, producer: { appendAll } as unknown as BatchProducer };
}
function reportsTo(maxBytes: number) {
  const [commands, runs] = [brokers(maxBytes), brokers(maxBytes)];
  const letters: DeadLetter[] = [];
  const errors: unknown[] = [];
  const reports = makeReports({
    ...{ commands: commands.producer, runs: runs.producer, partitions: 1, now: () => 1 },
    deadLetters: { send: (more) => Promise.resolve(void letters.push(...more)) },
    logger: { warn: () => undefined, error: (fields: unknown) => void errors.push(fields) } as never,
  });
  return { reports, commands: commands.taken, frames: runs.taken, letters, errors };
}

const { signal } = new AbortController();
const scope = { executionId: 'T:W:f:1', tenantId: 'T', workspaceId: 'W', flowId: 'f' };
const cause = { correlationId: 'c', traceparent: null };
const frame = (nodeId: string, message: string): Frame => ({
  type: 'NodeFrame',
  data: {
    ...{ ...scope, nodeId, iteration: 1, status: 'failed', attemptNumber: 1, startedAt: 1, completedAt: 2 },
    ...{ reused: false, input: null, output: null, error: { code: 'X', message, stack: null }, emittedAt: 2 },
    ...NO_LATER_MEMBERS,
  },
});
const stored = (json: string) => ({ json, ref: null, sizeBytes: json.length });

describe('what the brokers refuse for good', () => {
  it('is one frame and no other: it becomes a dead letter, those beside it are written in their order', async () => {
    const { reports, frames, letters } = reportsTo(2000);
    await reports.frames([frame('a', ''), frame('b', 'x'.repeat(5000)), frame('c', '')], signal);
    const nodes = frames.map(
      ({ value }) => (decodeMessage(value) as { frame: { data: { nodeId: string } } }).frame.data.nodeId,
    );
    expect(nodes).toEqual(['a', 'c']);
    expect(letters).toMatchObject([{ consumer: 'executor', origin: { run: scope.executionId } }]);
    expect(letters[0]?.record.value?.length).toBeGreaterThan(5000);
  });

  it('does not keep a run open: its end is reported without its values', async () => {
    const { reports, commands, errors } = reportsTo(2000);
    const values = { result: stored(`"${'x'.repeat(5000)}"`), nodes: stored('[]') };
    const run: ClosedRun = { status: 'Completed', startedAt: 1, closedAt: 2, failure: null, ...values };
    await reports.closed(scope, run, cause, signal);
    const told = commands.map(({ value }) => decodeMessage(value));
    expect(told).toMatchObject([
      { command: { type: 'RecordExecutionClosed', data: { ...run, result: null, nodes: null } } },
    ]);
    expect(errors).toMatchObject([{ alert: 'report-refused', executionId: scope.executionId }]);
  });
});
