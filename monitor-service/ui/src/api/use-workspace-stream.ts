import type { RunStatusFrame } from '@flowplane/contracts/client';
import { useEffect, useRef, useState } from 'react';
import { useWorkspace } from '../session/use-workspace.js';
import { followWhileSeen } from './follow-while-seen.js';
import { withReadsBehind } from './read-times.js';

export type WorkspaceListener = {
  /** Called where the stream begins, or begins anew: what happened before has to be read. */
  readonly onBegin: () => void;
  readonly onFrames: (frames: readonly RunStatusFrame[]) => void;
};

/**
 * How the runs of the workspace go on, while the page can be seen.
 *
 * @returns why the stream was given up; undefined while it goes on
 */
export function useWorkspaceStream(listener: WorkspaceListener): unknown {
  const { flowplane } = useWorkspace();
  const [fault, setFault] = useState<unknown>();
  const told = useRef(listener);
  useEffect(() => {
    told.current = listener;
  });
  useEffect(() => {
    setFault(undefined);
    const { stop } = followWhileSeen({
      watch: (options) => flowplane.watchWorkspace(options),
      idOf: ({ id }) => id,
      onBegin: () => told.current.onBegin(),
      onFrames: (frames) => told.current.onFrames(frames),
      onFault: setFault,
    });
    return stop;
  }, [flowplane]);
  return fault;
}

/** A function that has something read again, soon and once more, however often it is called. */
export function useReadsBehind(read: () => void): () => void {
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  });
  const planned = useRef<readonly number[]>([]);
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  useEffect(() => {
    const set = timers.current;
    return () => {
      for (const timer of set) clearTimeout(timer);
      set.clear();
      planned.current = [];
    };
  }, []);
  return () => {
    const now = Date.now();
    const before = planned.current.filter((at) => at > now);
    planned.current = withReadsBehind(before, now);
    for (const at of planned.current.filter((one) => !before.includes(one))) {
      const timer = setTimeout(() => {
        timers.current.delete(timer);
        latest.current();
      }, at - now);
      timers.current.add(timer);
    }
  };
}
