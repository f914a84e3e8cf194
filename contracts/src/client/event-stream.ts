import type { Static } from '@sinclair/typebox';
import type { StreamFrameShape } from '../api/schema/index.js';

/** One frame of a run's event stream (flows-api 9.3). */
export type StreamFrame = Static<typeof StreamFrameShape>;

/**
 * Cuts the text of an event stream into frames, across any chunk borders. Comments and `retry:` are passed over, as is
 * a block without data.
 */
export async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamFrame> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').find((line) => line.startsWith('data:'));
      if (data !== undefined) yield JSON.parse(data.slice('data:'.length)) as StreamFrame;
    }
  }
}
