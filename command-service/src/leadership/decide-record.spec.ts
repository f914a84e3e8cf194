import {
  encodeCommand,
  MAX_COMMAND_BYTES,
  partitionOf,
  THIS_RELEASE,
  writeAs,
  type Command,
} from '@flowplane/contracts';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import { expect, it } from 'vitest';
import { MEMORY, T0, TENANT } from '../../test/decider-specification.js';
import { put as putConnection } from '../../test/connection-story.js';
import { create } from '../../test/story.js';
import { decideRecord } from './decide-record.js';
import { emptyFold } from './fold.js';

const PARTITIONS = 6;
const HOME = partitionOf(TENANT, PARTITIONS);
const ports = {
  quotas: () => null,
  memory: MEMORY,
  partitions: PARTITIONS,
  clock: ({ timestamp }: { readonly timestamp: number }) => timestamp,
};
const recordOf = (value: Buffer, partition = HOME): LogRecord => ({
  ...{ partition, offset: 7, timestamp: T0, key: Buffer.from(TENANT), value, headers: {} },
});
const named = (name: string, meta: object = {}): Command => create('f1', { name }, meta);
const outcomeOf = (command: Command, partition = HOME, fold = emptyFold()) =>
  decideRecord(fold, recordOf(encodeCommand(command), partition), ports);

it('a command that is too large gets a recorded refusal', () => {
  const outcome = outcomeOf(named('x'.repeat(MAX_COMMAND_BYTES)));
  expect(outcome).toMatchObject({
    kind: 'decided',
    decision: { kind: 'rejected', problem: { status: 413, code: 'PAYLOAD_TOO_LARGE' } },
    events: [{ type: 'CommandRejected', meta: { commandOffset: 7, tenantId: TENANT } }],
  });
});

it('a command in another partition than its tenant’s gets a recorded refusal, and so does the next one', () => {
  const fold = emptyFold();
  const elsewhere = (HOME + 1) % PARTITIONS;
  for (let time = 0; time < 2; time++) {
    expect(outcomeOf(named('n'), elsewhere, fold)).toMatchObject({
      decision: { kind: 'rejected', problem: { code: 'CONTROL_PLANE_ERROR' } },
      events: [{ type: 'CommandRejected' }],
    });
  }
  expect(outcomeOf(named('n'))).toMatchObject({ decision: { kind: 'accepted' } });
});

it('what its refusal would repeat must not make a record that the log does not take', () => {
  const outcome = outcomeOf(named('n', { correlationId: 'x'.repeat(MAX_COMMAND_BYTES) }));
  expect(outcome).toMatchObject({ kind: 'poison' });
});

it('what cannot be decoded, or is no command, is for the dead letters', () => {
  expect(decideRecord(emptyFold(), recordOf(Buffer.from('junk')), ports)).toMatchObject({ kind: 'poison' });
});

it('a command of a newer process, whose event the release before could not read, is refused until all write it', () => {
  const record = recordOf(encodeCommand(putConnection('crm')));
  const fold = emptyFold();
  writeAs('0.3');
  try {
    expect(decideRecord(fold, record, ports)).toMatchObject({
      kind: 'decided',
      decision: { kind: 'rejected', problem: { status: 503, code: 'UPGRADE_UNDER_WAY' } },
      events: [{ type: 'CommandRejected' }],
    });
  } finally {
    writeAs(THIS_RELEASE);
  }
  const again = { ...record, offset: record.offset + 1 };
  expect(decideRecord(emptyFold(), again, ports)).toMatchObject({ decision: { kind: 'accepted' } });
});
