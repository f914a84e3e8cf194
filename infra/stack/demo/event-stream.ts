/** One frame of an event stream: what stood behind `event:`, `id:` and `data:`. */
export interface StreamFrame {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

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
      const frame = frameOf(block);
      if (frame !== null) yield frame;
    }
  }
}

function frameOf(block: string): StreamFrame | null {
  const field = (name: string): string | null => {
    const line = block.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
    return line === undefined ? null : line.slice(name.length + 1).trimStart();
  };
  const data = field('data');
  return data === null ? null : { event: field('event') ?? 'message', id: field('id'), data };
}
