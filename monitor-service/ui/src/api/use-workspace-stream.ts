import { FlowplaneError, type RunStatusFrame } from '@flowplane/contracts/client';
import { useEffect, useRef, useState } from 'react';
import { useWorkspace } from '../session/use-workspace.js';
import { withReadsBehind } from './read-times.js';

export type WorkspaceListener = {
  /** Called where the stream begins, or begins anew: what happened before has to be read. */
  readonly onBegin: () => void;
  readonly onFrames: (frames: readonly RunStatusFrame[]) => void;
};

/** Frames are passed on together this often. */
const TOGETHER_MS = 100;

/**
 * How the runs of the workspace go on, while the page can be seen: a browser has few connections to a server, which tabs
 * that nobody looks at leave to others. Seen again, the stream goes on where it was.
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
    let seen = new AbortController();
    let lastEventId: string | undefined;
    const waiting: RunStatusFrame[] = [];
    const pass = (): void => {
      if (waiting.length > 0) told.current.onFrames(waiting.splice(0));
    };
    const timer = setInterval(pass, TOGETHER_MS);
    const follow = async ({ signal }: AbortController): Promise<void> => {
      let isAnew = lastEventId === undefined;
      const onOpen = (): void => {
        if (isAnew) told.current.onBegin();
        isAnew = false;
      };
      const from = lastEventId === undefined ? {} : { lastEventId };
      for await (const frame of flowplane.watchWorkspace({ signal, reconnects: Infinity, onOpen, ...from })) {
        waiting.push(frame);
        lastEventId = frame.id;
      }
    };
    const begin = (): void => {
      const now = seen;
      follow(now).catch((cause: unknown) => {
        if (now.signal.aborted) return;
        if (!(cause instanceof FlowplaneError) || cause.code !== 'EVENTS_GONE') return setFault(cause);
        lastEventId = undefined; // the log does not reach back as far
        begin();
      });
    };
    const onVisibility = (): void => {
      seen.abort();
      seen = new AbortController();
      if (!document.hidden) begin();
    };
    setFault(undefined);
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      clearInterval(timer);
      seen.abort();
    };
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
