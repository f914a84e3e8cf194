import type { StreamFrame } from '@flowplane/contracts/client';
import { useEffect, useState } from 'react';
import { useWorkspace } from '../session/use-workspace.js';
import { EMPTY_RUN, withFrames, type RunView } from './run-model.js';

/** Frames are shown together this often: a browser draws no faster anyway. */
const SHOW_EVERY_MS = 100;

export type RunStream = {
  readonly view: RunView;
  /** Why the stream was given up; it comes back from broken connections by itself. */
  readonly fault: unknown;
};

/** What a run's event stream has told so far, live. */
export function useRunStream(executionId: string): RunStream {
  const { flowplane } = useWorkspace();
  const [stream, setStream] = useState<RunStream>({ view: EMPTY_RUN, fault: undefined });
  useEffect(() => {
    setStream({ view: EMPTY_RUN, fault: undefined });
    const leaving = new AbortController();
    const waiting: StreamFrame[] = [];
    const show = (): void => {
      if (waiting.length === 0) return;
      const frames = waiting.splice(0);
      setStream(({ view, fault }) => ({ view: withFrames(view, frames), fault }));
    };
    const timer = setInterval(show, SHOW_EVERY_MS);
    const watch = async (): Promise<void> => {
      for await (const frame of flowplane.watch(executionId, { signal: leaving.signal, reconnects: Infinity })) {
        waiting.push(frame);
      }
    };
    watch()
      .catch((fault: unknown) => {
        if (!leaving.signal.aborted) setStream(({ view }) => ({ view, fault }));
      })
      .finally(() => {
        clearInterval(timer);
        if (!leaving.signal.aborted) show();
      });
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, [flowplane, executionId]);
  return stream;
}
