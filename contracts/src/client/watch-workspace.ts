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
    for await (const { event, data } of eventsOf(withFirstId(chunks, noteId))) {
      if (event === 'error') throw new Error(`the stream failed: ${data}`);
      yield JSON.parse(data) as RunStatusFrame;
    }
  },
  idOf: ({ id }) => id,
  isLast: () => false,
});

const ID_ALONE = /(?:^|\n\n)id: (\d+)\n\n/;
/** Characters in which the first block, an id alone, must stand. */
const HEAD_LENGTH = 200;

/** Passes the bytes on, and tells the id that the stream begins with. */
async function* withFirstId(
  chunks: AsyncIterable<Uint8Array>,
  noteId: (id: string) => void,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  let head: string | undefined = '';
  for await (const chunk of chunks) {
    if (head !== undefined) {
      head += decoder.decode(chunk.subarray(0, HEAD_LENGTH), { stream: true });
      const id = ID_ALONE.exec(head)?.[1];
      if (id !== undefined) noteId(id);
      if (id !== undefined || head.length > HEAD_LENGTH) head = undefined;
    }
    yield chunk;
  }
}
