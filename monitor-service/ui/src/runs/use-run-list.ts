import { useCallback, useEffect, useRef, useState } from 'react';
import { useReadsBehind, useWorkspaceStream } from '../api/use-workspace-stream.js';
import { useWorkspace } from '../session/use-workspace.js';
import { withNewest, withOlder, withStatuses, type RunList, type RunPage } from './run-list.js';

const PAGE_SIZE = 50;
/** While the stream is not there. */
const READ_AGAIN_MS = 5_000;

export type LiveRunList = {
  /** Undefined until it was read. */
  readonly list: RunList | undefined;
  readonly fault: unknown;
  readonly isReadingOlder: boolean;
  readonly readOlder: () => void;
};

/**
 * The runs of the workspace that the filters let through, kept up to date: the stream says what each run does, and
 * new ones are read when it names them.
 *
 * @param filters equal texts are equal filters
 */
export function useRunList(filters: string): LiveRunList {
  const { flowplane } = useWorkspace();
  const [list, setList] = useState<RunList | undefined>();
  const [fault, setFault] = useState<unknown>();
  const [isReadingOlder, setReadingOlder] = useState(false);
  const read = useCallback(
    async (after: string | null): Promise<RunPage> => {
      const page = { 'page[size]': PAGE_SIZE, ...(after === null ? {} : { 'page[after]': after }) };
      const query = { ...(JSON.parse(filters) as object), ...page };
      return (await flowplane.call('listWorkspaceExecutions', { query })).body;
    },
    [flowplane, filters],
  );
  // An answer that comes when something else has been asked for is passed over.
  const asked = useRef(read);
  /** Whether the stream says nothing about what happened before: then what was read earlier may be old. */
  const isAnew = useRef(false);
  /** Reads overtake each other; an answer behind a later one is passed over. */
  const reads = useRef({ begun: 0, shown: 0 });
  const readNewest = useCallback(async (): Promise<void> => {
    const number = (reads.current.begun += 1);
    const wasAnew = isAnew.current;
    isAnew.current = false;
    try {
      const page = await read(null);
      if (asked.current !== read) return;
      if (number < reads.current.shown) {
        isAnew.current ||= wasAnew;
        return;
      }
      reads.current.shown = number;
      setList((known) => withNewest(wasAnew ? undefined : known, page));
      setFault(undefined);
    } catch (cause) {
      if (asked.current !== read) return;
      isAnew.current ||= wasAnew;
      setFault(cause);
    }
  }, [read]);
  useEffect(() => {
    asked.current = read;
    setReadingOlder(false);
    setList(undefined);
    setFault(undefined);
    void readNewest();
  }, [read, readNewest]);

  const readBehind = useReadsBehind(() => void readNewest());
  const streamFault = useWorkspaceStream({
    onBegin: () => {
      isAnew.current = true;
      readBehind();
    },
    onFrames: (frames) => {
      const { status } = JSON.parse(filters) as { readonly status?: string };
      setList((known) => known && withStatuses(known, frames, status));
      readBehind();
    },
  });
  const isPolling = streamFault !== undefined || fault !== undefined;
  useEffect(() => {
    if (!isPolling) return;
    const timer = setInterval(() => void readNewest(), READ_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isPolling, readNewest]);

  const older = list?.older ?? null;
  const readOlder = useCallback(() => {
    if (older === null) return;
    setReadingOlder(true);
    const isWanted = (): boolean => asked.current === read;
    read(older)
      .then((page) => isWanted() && setList((known) => (known === undefined ? known : withOlder(known, page))))
      .catch((cause: unknown) => isWanted() && setFault(cause))
      .finally(() => isWanted() && setReadingOlder(false));
  }, [older, read]);
  return { list, fault, isReadingOlder, readOlder };
}
