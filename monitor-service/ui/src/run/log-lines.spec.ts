import type { StreamFrame } from '@flowplane/contracts/client';
import { expect, it } from 'vitest';
import { linesUpTo } from './log-lines.js';

const line = (id: number): StreamFrame =>
  ({ type: 'log-line', id: `${id}`, nodeId: 'a', level: 'info', message: `m${id}`, timestamp: '' }) as StreamFrame;
const skipped = (id: number): StreamFrame =>
  ({ type: 'node-status', id: `${id}`, nodeId: 'a', status: 'skipped' }) as StreamFrame;

/** A stream that goes on for ever: what is read too far would never end. */
async function* endless(frames: readonly StreamFrame[]): AsyncGenerator<StreamFrame> {
  yield* frames;
  await new Promise(() => undefined);
}

it('reads a stream that goes on up to the last line that is known', async () => {
  const lines = await linesUpTo(endless([line(1), skipped(2), line(30), line(40)]), '30');
  expect(lines.map(({ message }) => message)).toEqual(['m1', 'm30']);
});

it('ends behind that line where it does not come', async () => {
  const lines = await linesUpTo(endless([line(1), line(40)]), '30');
  expect(lines.map(({ message }) => message)).toEqual(['m1']);
});
