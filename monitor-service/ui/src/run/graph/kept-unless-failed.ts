/**
 * Loads something once for all who ask; where that fails, the next one to ask has it loaded again.
 *
 * @param load is given what forgets a thing that has broken after it was loaded
 */
export function keptUnlessFailed<Loaded>(load: (forget: () => void) => Promise<Loaded>): () => Promise<Loaded> {
  let kept: Promise<Loaded> | undefined;
  let loads = 0;
  return () => {
    if (kept !== undefined) return kept;
    loads += 1;
    const own = loads;
    const forget = (): void => {
      // What was loaded since is not what has broken.
      if (loads === own) kept = undefined;
    };
    kept = load(forget).catch((cause: unknown) => {
      forget();
      throw cause;
    });
    return kept;
  };
}
