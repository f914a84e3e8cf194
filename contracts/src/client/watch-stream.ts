import type { OperationName } from '../api/schema/index.js';
import { FlowplaneError } from './flowplane-error.js';
import type { ClientPorts, FetchAnswer } from './transport.js';

export type WatchOptions = {
  /** Only frames behind this id. */
  readonly lastEventId?: string;
  readonly signal?: AbortSignal;
  /** How often in a row a stream that brings nothing new is opened again; default 20. */
  readonly reconnects?: number;
  readonly reconnectMs?: number;
  /** Called each time the stream is open: what is read from now on lacks nothing that the stream has not yet to tell. */
  readonly onOpen?: () => void;
};

/** What distinguishes one kind of streams. */
export type WatchedStream<Frame> = {
  readonly name: OperationName;
  /** Opens the stream behind a frame's id. */
  readonly open: (lastEventId: string | undefined) => Promise<FetchAnswer>;
  /** @param noteId called with ids that are no frame's */
  readonly framesOf: (chunks: AsyncIterable<Uint8Array>, noteId: (id: string) => void) => AsyncIterable<Frame>;
  /** @throws Error for a frame that says that the stream failed */
  readonly idOf: (frame: Frame) => string | undefined;
  readonly isLast: (frame: Frame) => boolean;
};

const RECONNECTS = 20;
const RECONNECT_MS = 500;

/**
 * Frames of a stream until its last one. A stream that breaks off is opened again behind the last frame that came: none is
 * missing and none comes twice.
 *
 * @throws FlowplaneError when it is refused; any other fault after `reconnects` attempts that brought nothing
 */
export async function* watchStream<Frame>(
  ports: Pick<ClientPorts, 'sleep'>,
  stream: WatchedStream<Frame>,
  options: WatchOptions,
): AsyncGenerator<Frame> {
  const { idOf, isLast } = stream;
  let lastId = options.lastEventId;
  for (let failures = 0; ;) {
    let places = 0;
    const noteId = (id: string): void => {
      lastId = id;
      places += 1;
      // The first is where it begins; behind each ping comes another one.
      if (places > 1) failures = 0;
    };
    try {
      const chunks = await opened(stream, lastId);
      if (chunks === 'over') return;
      options.onOpen?.();
      for await (const frame of stream.framesOf(chunks, noteId)) {
        lastId = idOf(frame) ?? lastId;
        failures = 0;
        yield frame;
        if (isLast(frame)) return;
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

async function opened<Frame>(
  { name, open }: WatchedStream<Frame>,
  lastEventId: string | undefined,
): Promise<AsyncIterable<Uint8Array> | 'over'> {
  const answer = await open(lastEventId);
  if (answer.status === 204) return 'over'; // nothing comes behind that id any more
  if (answer.status !== 200) throw new FlowplaneError(name, answer, await answer.text());
  if (answer.body === null) throw new Error('the stream has no body');
  return answer.body;
}
