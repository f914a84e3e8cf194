/** What the list of runs is narrowed down to, as the page's address has it. */
export const FILTERS = ['status', 'flowId', 'version', 'triggerType', 'failedNode', 'text', 'from', 'to'] as const;
export type FilterName = (typeof FILTERS)[number];

/** Filters that an address names, as the API takes them: all of them must hold. */
export function filtersOf(address: URLSearchParams): Readonly<Record<string, string | readonly string[]>> {
  const single = FILTERS.flatMap((name) => {
    const value = address.get(name)?.trim() ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  const labels = address.getAll('label');
  return { ...Object.fromEntries(single), ...(labels.length === 0 ? {} : { label: labels }) };
}

/** The address with a filter set, or without it. */
export function withFilter(address: URLSearchParams, name: FilterName | 'label', value: string): URLSearchParams {
  const next = new URLSearchParams(address);
  next.delete(name);
  const values = name === 'label' ? labelsOf(value) : [value];
  for (const one of values) if (one !== '') next.append(name, one);
  return next;
}

/** Where another label begins; a comma in the text of a label that looks like that has a backslash before it. */
const NEXT_LABEL = /(?<!\\),(?=\s*[a-z0-9._-]+:)/;

/** Labels as one field holds them. */
export const labelsText = (labels: readonly string[]): string =>
  labels.map((label) => label.replaceAll(new RegExp(NEXT_LABEL, 'g'), '\\,')).join(', ');

const labelsOf = (text: string): readonly string[] =>
  text.split(NEXT_LABEL).map((label) => label.trim().replaceAll(/\\,(?=\s*[a-z0-9._-]+:)/g, ','));
