import { FlowplaneError, type WatchOptions } from '@flowplane/contracts/client';

export type Followed<Frame> = {
  /** Opens the stream. */
  readonly watch: (options: WatchOptions) => AsyncIterable<Frame>;
  /** Where the stream goes on behind a frame; undefined: it says nothing about that. */
  readonly idOf: (frame: Frame) => string | undefined;
  /** Called where the stream begins, or begins anew: what happened before has to be read. */
  readonly onBegin?: () => void;
  readonly onFrames: (frames: readonly Frame[]) => void;
  /** Called with why the stream was given up, and with undefined when it goes on. */
  readonly onFault: (fault: unknown) => void;
};

export type Following = {
  /** Opens a stream that was given up once more. */
  readonly again: () => void;
  readonly stop: () => void;
};

/** The part of a document that says whether it can be seen. */
type Seen = Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>;

/** Frames are passed on together this often: a browser draws no faster anyway. */
const TOGETHER_MS = 100;
/** A stream that was given up is tried again this often: what it was refused for may be over. */
const AGAIN_MS = 30_000;

/**
 * Follows a stream while the page can be seen: a browser has few connections to a server, which tabs that nobody looks at
 * leave to others. Seen again, the stream goes on where it was.
 */
export function followWhileSeen<Frame>(followed: Followed<Frame>, page: Seen = document): Following {
  const { watch, idOf, onBegin, onFrames, onFault } = followed;
  let seen = new AbortController();
  let lastEventId: string | undefined;
  let hasEnded = false;
  let waiting: Frame[] = [];
  let retry: ReturnType<typeof setTimeout> | undefined;
  const pass = (): void => {
    if (waiting.length === 0) return;
    const frames = waiting;
    waiting = [];
    onFrames(frames);
  };
  const timer = setInterval(pass, TOGETHER_MS);
  const follow = async ({ signal }: AbortController): Promise<void> => {
    let isAnew = lastEventId === undefined;
    const onOpen = (): void => {
      onFault(undefined);
      if (isAnew) onBegin?.();
      isAnew = false;
    };
    const from = lastEventId === undefined ? {} : { lastEventId };
    for await (const frame of watch({ signal, reconnects: Infinity, onOpen, ...from })) {
      if (signal.aborted) return;
      waiting.push(frame);
      lastEventId = idOf(frame) ?? lastEventId;
    }
    if (signal.aborted) return;
    hasEnded = true;
    pass();
  };
  const begin = (): void => {
    clearTimeout(retry);
    const now = seen;
    follow(now).catch((cause: unknown) => {
      if (now.signal.aborted) return;
      if (cause instanceof FlowplaneError && cause.code === 'EVENTS_GONE' && lastEventId !== undefined) {
        lastEventId = undefined; // the log does not reach back as far
        return begin();
      }
      onFault(cause);
      retry = setTimeout(again, AGAIN_MS);
    });
  };
  const leave = (): void => {
    seen.abort();
    clearTimeout(retry);
  };
  const again = (): void => {
    leave();
    seen = new AbortController();
    if (!page.hidden && !hasEnded) begin();
  };
  again();
  page.addEventListener('visibilitychange', again);
  return {
    again,
    stop: () => {
      page.removeEventListener('visibilitychange', again);
      clearInterval(timer);
      leave();
    },
  };
}
