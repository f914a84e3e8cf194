import { expect, it } from 'vitest';
import { filtersOf, labelsText, withFilter } from './run-filters.js';

it('reads what the address names, and nothing else', () => {
  const address = new URLSearchParams('status=Failed&text=%20&label=env:live&label=team:a:b&other=1');
  expect(filtersOf(address)).toEqual({ status: 'Failed', label: ['env:live', 'team:a:b'] });
});

it('sets, changes and takes away one filter', () => {
  const one = withFilter(new URLSearchParams('status=Failed&label=a:1'), 'label', 'b:2, c:3');
  expect(one.toString()).toBe('status=Failed&label=b%3A2&label=c%3A3');
  expect(withFilter(one, 'status', '').toString()).toBe('label=b%3A2&label=c%3A3');
});

it.each([
  [['team:a, b and c']],
  [['team:a', 'env:live, or not']],
  [['note:first, then:second', 'env:live']],
  [['note:a,b:c']],
])('keeps labels with commas: %j', (labels) => {
  expect(withFilter(new URLSearchParams(), 'label', labelsText(labels)).getAll('label')).toEqual(labels);
});

it('takes several labels from one field', () => {
  const address = withFilter(new URLSearchParams(), 'label', 'a:1,b:2 , c:3, ');
  expect(address.getAll('label')).toEqual(['a:1', 'b:2', 'c:3,']);
});
