import type { Static } from '@sinclair/typebox';
import type { RunStatusFrameShape } from '../api/schema/index.js';
import { eventsOf } from './event-stream.js';
import type { WatchedStream } from './watch-stream.js';

/** One frame of the stream of a workspace (flows-api 9.6). */
export type RunStatusFrame = Static<typeof RunStatusFrameShape>;

/** The stream of a workspace, which has no end. */
export const workspaceStream = (open: WatchedStream<RunStatusFrame>['open']): WatchedStream<RunStatusFrame> => ({
  name: 'streamWorkspace',
  open,
  framesOf: async function* (chunks, noteId) {
    for await (const { event, data } of eventsOf(withPlaces(chunks, noteId))) {
      if (event === 'error') throw new Error(`the stream failed: ${data}`);
      yield JSON.parse(data) as RunStatusFrame;
    }
  },
  idOf: ({ id }) => id,
  isLast: () => false,
});

const ID_ALONE = /(?<=^|\n\n)id: (\d+)\n\n/g;

/** Passes the bytes on, and gives the ids that stand alone: where the stream begins, and how far the log has come. */
async function* withPlaces(
  chunks: AsyncIterable<Uint8Array>,
  noteId: (id: string) => void,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    for (const [, id = ''] of text.matchAll(ID_ALONE)) noteId(id);
    // What is not a whole block yet, with the end of the one before it.
    text = text.slice(Math.max(0, text.lastIndexOf('\n\n')));
    yield chunk;
  }
}
