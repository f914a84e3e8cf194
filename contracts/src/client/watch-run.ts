import { framesOf, type StreamFrame } from './event-stream.js';
import { FlowplaneError } from './flowplane-error.js';
import type { ClientPorts, FetchAnswer } from './transport.js';

export type WatchOptions = {
  /** Only frames behind this id. */
  readonly lastEventId?: string;
  readonly signal?: AbortSignal;
  /** How often in a row a stream that brings nothing new is opened again; default 20. */
  readonly reconnects?: number;
  readonly reconnectMs?: number;
};

const RECONNECTS = 20;
const RECONNECT_MS = 500;

/**
 * Frames of a run until its `stream-end`, which is the last one. A stream that breaks off is opened again behind the
 * last frame that came: none is missing and none comes twice.
 *
 * @param open opens the stream behind a frame's id
 * @throws FlowplaneError when it is refused; any other fault after `reconnects` attempts that brought nothing
 */
export async function* watchRun(
  ports: Pick<ClientPorts, 'sleep'>,
  open: (lastEventId: string | undefined) => Promise<FetchAnswer>,
  options: WatchOptions,
): AsyncGenerator<StreamFrame> {
  let lastId = options.lastEventId;
  for (let failures = 0; ;) {
    try {
      const chunks = await opened(open, lastId);
      if (chunks === 'over') return;
      for await (const frame of framesOf(chunks)) {
        if (frame.type === 'error') throw new Error(`the stream failed: ${frame.code}`);
        if ('id' in frame) lastId = frame.id;
        failures = 0;
        yield frame;
        if (frame.type === 'stream-end') return;
      }
      failures += 1;
    } catch (cause) {
      failures += 1;
      const isFinal = cause instanceof FlowplaneError && cause.status < 500;
      if (isFinal || options.signal?.aborted === true || failures > (options.reconnects ?? RECONNECTS)) throw cause;
    }
    if (failures > (options.reconnects ?? RECONNECTS)) throw new Error('the stream broke off too often');
    await ports.sleep(options.reconnectMs ?? RECONNECT_MS, options.signal);
  }
}

async function opened(
  open: (lastEventId: string | undefined) => Promise<FetchAnswer>,
  lastEventId: string | undefined,
): Promise<AsyncIterable<Uint8Array> | 'over'> {
  const answer = await open(lastEventId);
  if (answer.status === 204) return 'over'; // nothing comes behind that id any more
  if (answer.status !== 200) throw new FlowplaneError('streamExecution', answer, await answer.text());
  if (answer.body === null) throw new Error('the stream has no body');
  return answer.body;
}
