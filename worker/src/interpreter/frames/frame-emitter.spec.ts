import type { OutgoingRecord } from '@flowplane/plumbing/kafka';
import { expect, it } from 'vitest';
import { makeFrameEmitter, type FrameDraft } from './frame-emitter.js';

const STORE = { put: () => Promise.resolve('hash') };

const draft = (id: string): FrameDraft => ({
  ...{ executionId: 'T:W:f:1', root: null, id, values: [] },
  complete: () => ({
    type: 'RunClosed',
    data: { executionId: 'T:W:f:1', tenantId: 'T', workspaceId: 'W', flowId: id, status: 'Completed', closedAt: 1 },
  }),
});

it('a frame that cannot be written is dropped alone, not with those that travel with it', async () => {
  const written: string[] = [];
  const dropped: number[] = [];
  const append = ({ headers }: OutgoingRecord): Promise<{ readonly offset: number }> => {
    const id = headers['ce_id'] ?? '';
    if (id.endsWith('/b')) return Promise.reject(new Error('too large'));
    written.push(id);
    return Promise.resolve({ offset: written.length });
  };
  const emitter = makeFrameEmitter({
    ...{ producer: { append }, store: STORE, patientStore: STORE, partitions: 1 },
    ...{ inlineMaxBytes: 1000, maxPending: 100, onDropped: (count) => void dropped.push(count) },
  });
  for (const id of ['a', 'b', 'c']) emitter.emit(draft(id));
  await emitter.drained();
  expect([written, dropped]).toEqual([['T:W:f:1/a', 'T:W:f:1/c'], [1]]);
});

it('commits a frame at once, in its place, and says whether the log has it', async () => {
  const appended: string[] = [];
  const append = (record: OutgoingRecord, { atOnce = false } = {}): Promise<{ readonly offset: number }> => {
    appended.push(`${record.headers['ce_id']?.split('/')[1]} ${atOnce ? 'at once' : 'paced'}`);
    return appended.length === 4 ? Promise.reject(new Error('refused')) : Promise.resolve({ offset: 0 });
  };
  const emitter = makeFrameEmitter({
    ...{ producer: { append }, store: STORE, patientStore: STORE, partitions: 1 },
    ...{ inlineMaxBytes: 30, maxPending: 3, onDropped: () => undefined },
  });
  // Behind one whose value is on its way to the store.
  emitter.emit({ ...draft('large'), values: [JSON.stringify('x'.repeat(100))] });
  emitter.emit(draft('small'));
  expect(await emitter.commit(draft('end'))).toBe(true);
  expect(appended).toEqual(['large paced', 'small paced', 'end at once']);
  expect(await emitter.commit(draft('refused'))).toBe(false);
  for (const id of ['a', 'b', 'c']) emitter.emit(draft(id));
  expect(await emitter.commit(draft('one too many'))).toBe(false);
  await emitter.drained();
});

it('stores large values of one run at the same time, those of committed frames patiently, and hands them over in order', async () => {
  const appended: string[] = [];
  const append = ({ headers }: OutgoingRecord): Promise<{ readonly offset: number }> => {
    appended.push(headers['ce_id']?.split('/')[1] ?? '');
    return Promise.resolve({ offset: 0 });
  };
  const finish: ((hash: string) => void)[] = [];
  const patientStore = { put: () => new Promise<string>((resolve) => finish.push(resolve)) };
  const emitter = makeFrameEmitter({
    ...{ producer: { append }, store: { put: () => Promise.reject(new Error('away')) }, patientStore, partitions: 1 },
    ...{ inlineMaxBytes: 30, maxPending: 100, onDropped: () => undefined },
  });
  const large = (id: string): FrameDraft => ({ ...draft(id), values: [JSON.stringify('x'.repeat(100))] });
  const first = emitter.commit(large('first'));
  emitter.emit(large('dropped'));
  const second = emitter.commit(large('second'));
  await new Promise(setImmediate);
  expect(finish).toHaveLength(2);
  finish[1]?.('hash');
  await new Promise(setImmediate);
  expect(appended).toEqual([]);
  finish[0]?.('hash');
  expect(await Promise.all([first, second])).toEqual([true, true]);
  expect(appended).toEqual(['first', 'second']);
});
