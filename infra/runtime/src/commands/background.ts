/** Work that nobody waits for. @returns false when all places are taken: nothing is done then */
export type Background = (work: () => Promise<unknown>) => boolean;

/** @param places so much is done at once; each piece of work may hold on to a request */
export function makeBackground(places: number, onFault: (cause: unknown) => void): Background {
  let taken = 0;
  return (work) => {
    if (taken >= places) return false;
    taken++;
    void work()
      .catch(onFault)
      .finally(() => taken--);
    return true;
  };
}
