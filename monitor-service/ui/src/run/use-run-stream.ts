import { useEffect, useRef, useState } from 'react';
import { followWhileSeen, type Following } from '../api/follow-while-seen.js';
import { useWorkspace } from '../session/use-workspace.js';
import { EMPTY_RUN, withFrames, type RunView } from './run-model.js';

export type RunStream = {
  readonly view: RunView;
  /** Why the stream was given up; it comes back from broken connections by itself. */
  readonly fault: unknown;
  /** Opens a stream that was given up once more. */
  readonly again: () => void;
};

/** What a run's event stream has told so far, live while the page can be seen. */
export function useRunStream(executionId: string): RunStream {
  const { flowplane } = useWorkspace();
  const [view, setView] = useState<RunView>(EMPTY_RUN);
  const [fault, setFault] = useState<unknown>();
  const following = useRef<Following | null>(null);
  useEffect(() => {
    setView(EMPTY_RUN);
    setFault(undefined);
    following.current = followWhileSeen({
      watch: (options) => flowplane.watch(executionId, options),
      idOf: (frame) => ('id' in frame ? frame.id : undefined),
      onFrames: (frames) => setView((known) => withFrames(known, frames)),
      onFault: setFault,
    });
    return () => following.current?.stop();
  }, [flowplane, executionId]);
  return { view, fault, again: () => following.current?.again() };
}
