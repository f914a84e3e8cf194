import { expect, it } from 'vitest';
import { filtersOf, withFilter } from './run-filters.js';

it('reads what the address names, and nothing else', () => {
  const address = new URLSearchParams('status=Failed&text=%20&label=env:live&label=team:a:b&other=1');
  expect(filtersOf(address)).toEqual({ status: 'Failed', label: ['env:live', 'team:a:b'] });
});

it('sets, changes and takes away one filter', () => {
  const one = withFilter(new URLSearchParams('status=Failed&label=a:1'), 'label', 'b:2, c:3');
  expect(one.toString()).toBe('status=Failed&label=b%3A2&label=c%3A3');
  expect(withFilter(one, 'status', '').toString()).toBe('label=b%3A2&label=c%3A3');
});
