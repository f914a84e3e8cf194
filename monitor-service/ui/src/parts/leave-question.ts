import { useCallback, useEffect, useRef } from 'react';
import { useBlocker } from 'react-router';

/** What would be lost, and whether only another page loses it, or another address of the same page too. */
type Question = { readonly text: string; readonly of: 'page' | 'address' };

/** Questions of all that is shown: a router has place for one blocker only. */
const open = new Set<Question>();

/** What would be lost now, each once. */
export const openQuestions = (): readonly string[] => [...new Set([...open].map(({ text }) => text))];

/**
 * Asks before something is left that would be lost: by a link, Back, or with the tab.
 *
 * @param text undefined: nothing would be lost
 * @param of whose leaving is asked about: sheets go with the address of a page
 * @returns takes the question back at once, before the page is drawn anew
 */
export function useLeaveQuestion(text: string | undefined, of: Question['of'] = 'page'): () => void {
  const asked = useRef<Question>(undefined);
  const takeBack = useCallback(() => {
    if (asked.current !== undefined) open.delete(asked.current);
  }, []);
  useEffect(() => {
    if (text === undefined) return;
    asked.current = { text, of };
    open.add(asked.current);
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => {
      takeBack();
      removeEventListener('beforeunload', ask);
    };
  }, [text, of, takeBack]);
  return takeBack;
}

/** Asks the questions of all that is shown; once, around all pages. */
export function useLeaveGuard(): void {
  const blocker = useBlocker(({ currentLocation, nextLocation }) =>
    [...open].some(({ of }) => of === 'address' || currentLocation.pathname !== nextLocation.pathname),
  );
  useEffect(() => {
    if (blocker.state !== 'blocked') return;
    if (confirm(openQuestions().join('\n'))) blocker.proceed();
    else blocker.reset();
  }, [blocker]);
}
