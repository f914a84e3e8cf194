/** What the list of runs is narrowed down to, as the page's address has it. */
export const FILTERS = ['status', 'flowId', 'version', 'triggerType', 'failedNode', 'text', 'from', 'to'] as const;
export type FilterName = (typeof FILTERS)[number];

/** Filters that an address names, as the API takes them: all of them must hold. */
export function filtersOf(address: URLSearchParams): Readonly<Record<string, string | readonly string[]>> {
  const single = FILTERS.flatMap((name) => {
    const value = address.get(name)?.trim() ?? '';
    return value === '' ? [] : [[name, isTime(name) ? instantOf(value) : value] as const];
  });
  const labels = address.getAll('label').filter((label) => label.includes(':'));
  return { ...Object.fromEntries(single), ...(labels.length === 0 ? {} : { label: labels }) };
}

const isTime = (name: FilterName): boolean => name === 'from' || name === 'to';

/** Of the reader's local time, as a form has it. */
function instantOf(local: string): string {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? local : time.toISOString();
}

/** The address with a filter set, or without it. The place in the list and what was selected belong to the old one. */
export function withFilter(address: URLSearchParams, name: FilterName | 'label', value: string): URLSearchParams {
  const next = new URLSearchParams(address);
  next.delete(name);
  const values = name === 'label' ? value.split(',').map((label) => label.trim()) : [value];
  for (const one of values) if (one !== '') next.append(name, one);
  return next;
}
