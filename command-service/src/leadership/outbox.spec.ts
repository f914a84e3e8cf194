import type { Command } from '@flowplane/contracts';
import { expect, test } from 'vitest';
import { createFlowCommand } from '../../test/decider-trial.js';
import { decideAt, emptyTenantState } from '../domain/index.js';
import type { DecidedRecord } from './decide-record.js';
import { makeOutbox, type OutcomeBatch } from './outbox.js';

const memory = { idempotencyTtlMs: 1, dedupeRetentionMs: 1, runRetentionMs: 1, maxIdempotencyKeys: 1, maxFired: 1 };

function decided(definition: string): DecidedRecord & { readonly kind: 'decided' } {
  const command = createFlowCommand('t', 'f');
  const large = { ...command, data: { ...command.data, definition } } as Command;
  const context = { offset: 0, timestamp: 1, quotas: null, memory };
  return { kind: 'decided', command: large, ...decideAt(emptyTenantState(), large, context) };
}

function takeAll(outbox: ReturnType<typeof makeOutbox>): OutcomeBatch[] {
  const batches: OutcomeBatch[] = [];
  for (let batch = outbox.take(); batch !== undefined; batch = outbox.take()) batches.push(batch);
  return batches;
}
const small = decided('{}');
const large = decided('x'.repeat(3000));
const owner = { epoch: 1, owner: 'o' };

test('a batch is closed by its number of commands', () => {
  const outbox = makeOutbox(owner, 3, 1_000_000);
  for (let offset = 0; offset < 3; offset++) {
    expect(outbox.isFull()).toBe(false);
    outbox.add(offset, small);
  }
  expect(outbox.isFull()).toBe(true);
  expect(outbox.waiting()).toBe(3);
  expect(takeAll(outbox).map(({ lastCommandOffset }) => lastCommandOffset)).toEqual([2]);
});

test('what does not fit is in the next batch; what never fits is alone in one', () => {
  const outbox = makeOutbox(owner, 100, 2500);
  outbox.add(0, small);
  outbox.add(1, large);
  expect(outbox.isFull()).toBe(true);
  outbox.add(2, small);
  const batches = takeAll(outbox);
  expect(batches.map(({ records }) => records.length)).toEqual([1, 1, 1]);
  expect(batches.map(({ bytes }) => bytes > 2500)).toEqual([false, true, false]);
  expect(outbox.isFull()).toBe(false);
});

test('a command without records is carried past by the batch that waits, if one does', () => {
  const outbox = makeOutbox(owner);
  expect(outbox.passOver(4)).toBe(false);
  outbox.add(5, small);
  expect(outbox.passOver(6)).toBe(true);
  expect(outbox.take()?.lastCommandOffset).toBe(6);
});
