/** The tab that a key leads to from another one; undefined: the key leads to none. */
export function tabAfter<Tab>(tabs: readonly Tab[], shown: Tab, key: string): Tab | undefined {
  const place = tabs.indexOf(shown);
  switch (key) {
    case 'ArrowRight':
      return tabs[(place + 1) % tabs.length];
    case 'ArrowLeft':
      return tabs.at(place - 1);
    case 'Home':
      return tabs[0];
    case 'End':
      return tabs.at(-1);
    default:
      return undefined;
  }
}
