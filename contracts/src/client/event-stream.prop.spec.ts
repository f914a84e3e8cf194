import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framesOf, type StreamFrame } from './event-stream.js';

async function* cut(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  let from = 0;
  for (const size of sizes) yield bytes.subarray(from, (from += size));
  yield bytes.subarray(from);
}

test('frames do not depend on where the chunks are cut; comments and retry are passed over', async () => {
  const line = { type: 'log-line', id: '7', message: 'grüße' };
  const end = { type: 'stream-end', status: 'Completed' };
  const text = [
    'retry: 3000\n\n: ping\n\n',
    `event: log-line\nid: 7\ndata: ${JSON.stringify(line)}\n\n`,
    `event: stream-end\ndata: ${JSON.stringify(end)}\n\n`,
  ].join('');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 30 }), async (sizes) => {
      const frames: StreamFrame[] = [];
      for await (const frame of framesOf(cut(text, sizes))) frames.push(frame);
      expect(frames).toEqual([line, end]);
    }),
  );
});
