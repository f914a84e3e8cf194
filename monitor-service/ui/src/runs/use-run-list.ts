import { useCallback, useEffect, useRef, useState } from 'react';
import { useWorkspace } from '../session/use-workspace.js';
import { withNewest, withOlder, type RunList, type RunPage } from './run-list.js';

const PAGE_SIZE = 50;
const REFRESH_MS = 1_000;

export type LiveRunList = {
  /** Undefined until it was read. */
  readonly list: RunList | undefined;
  readonly fault: unknown;
  readonly isReadingOlder: boolean;
  readonly readOlder: () => void;
};

/** The runs of the workspace that the filters let through, kept up to date. @param filters equal texts are equal filters */
export function useRunList(filters: string): LiveRunList {
  const { flowplane } = useWorkspace();
  const [list, setList] = useState<RunList | undefined>();
  const [fault, setFault] = useState<unknown>();
  const [isReadingOlder, setReadingOlder] = useState(false);
  const read = useCallback(
    async (after: string | null, signal?: AbortSignal): Promise<RunPage> => {
      const page = { 'page[size]': PAGE_SIZE, ...(after === null ? {} : { 'page[after]': after }) };
      const query = { ...(JSON.parse(filters) as object), ...page };
      const call = { query, ...(signal === undefined ? {} : { signal }) };
      return (await flowplane.call('listWorkspaceExecutions', call)).body;
    },
    [flowplane, filters],
  );
  const asked = useRef(read);
  useEffect(() => {
    const leaving = new AbortController();
    asked.current = read;
    setReadingOlder(false);
    setList(undefined);
    setFault(undefined);
    const refresh = async (): Promise<void> => {
      try {
        const page = await read(null, leaving.signal);
        setList((known) => withNewest(known, page));
        setFault(undefined);
      } catch (cause) {
        if (!leaving.signal.aborted) setFault(cause);
      }
      if (!leaving.signal.aborted)
        timer = setTimeout(() => void refresh(), document.hidden ? REFRESH_MS * 15 : REFRESH_MS);
    };
    let timer = setTimeout(() => void refresh(), 0);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [read]);
  const older = list?.older ?? null;
  const readOlder = useCallback(() => {
    if (older === null) return;
    setReadingOlder(true);
    // An answer that comes when something else has been asked for is passed over.
    const isWanted = (): boolean => asked.current === read;
    read(older)
      .then((page) => isWanted() && setList((known) => (known === undefined ? known : withOlder(known, page))))
      .catch((cause: unknown) => isWanted() && setFault(cause))
      .finally(() => isWanted() && setReadingOlder(false));
  }, [older, read]);
  return { list, fault, isReadingOlder, readOlder };
}
