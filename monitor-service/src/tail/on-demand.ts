/** Something that is opened when it is first needed, once for all. */
export type OnDemand<T> = {
  /** @throws what opening throws; the next one who asks tries again */
  readonly get: () => Promise<T>;
  /** Undefined: nobody has needed it yet. */
  readonly opened: () => T | undefined;
  /** Closes it, where it was opened. Nothing is opened afterwards. */
  readonly close: () => Promise<void>;
};

export function onDemand<T extends { readonly close: () => Promise<void> }>(open: () => Promise<T>): OnDemand<T> {
  let opening: Promise<T> | undefined;
  let opened: T | undefined;
  let isClosed = false;
  return {
    get: async () => {
      if (isClosed) throw new Error('it is closed');
      opening ??= open();
      try {
        opened = await opening;
        return opened;
      } catch (cause) {
        opening = undefined;
        throw cause;
      }
    },
    opened: () => opened,
    close: async () => {
      isClosed = true;
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}
