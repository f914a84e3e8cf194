import type { Static } from '@sinclair/typebox';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { StreamFrameShape } from '../api/schema/index.js';

/** One frame of a run's event stream (flows-api 9.3). */
export type StreamFrame = Static<typeof StreamFrameShape>;

/** Events of an event stream's bytes, across any chunk borders. Comments, `retry:` and blocks without data are passed over. */
export async function* eventsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<EventSourceMessage> {
  const decoder = new TextDecoder();
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* events.splice(0);
  }
}

/** Frames of a run's event stream. */
export async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamFrame> {
  for await (const { data } of eventsOf(chunks)) yield JSON.parse(data) as StreamFrame;
}
