/** What came of one of many: done, or why not. */
export type EachOutcome<Item> = { readonly item: Item; readonly fault: unknown };

/** Does the same with each, some at the same time, and reports each as it ends. */
export async function doWithEach<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
  { atATime, onOutcome }: { readonly atATime: number; readonly onOutcome: (outcome: EachOutcome<Item>) => void },
): Promise<void> {
  const waiting = [...items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      const fault = await act(item).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      onOutcome({ item, fault });
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
}
