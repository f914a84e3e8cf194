/**
 * Work that nobody waits for, and how many bytes it holds on to until it ends.
 *
 * @returns false when all places are taken, or too many bytes are held: nothing is done then
 */
export type Background = (bytes: number, work: () => Promise<unknown>) => boolean;

export type BackgroundBounds = {
  /** So much is done at once. */
  readonly places: number;
  /** So much is held at once; what is larger than that is done only while nothing else is. */
  readonly maxBytes: number;
};

export function makeBackground({ places, maxBytes }: BackgroundBounds, onFault: (cause: unknown) => void): Background {
  let taken = 0;
  let held = 0;
  return (bytes, work) => {
    if (taken >= places || (taken > 0 && held + bytes > maxBytes)) return false;
    taken++;
    held += bytes;
    void work()
      .catch(onFault)
      .finally(() => {
        taken--;
        held -= bytes;
      });
    return true;
  };
}
