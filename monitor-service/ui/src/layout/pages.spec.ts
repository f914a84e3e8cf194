import { expect, it } from 'vitest';
import { pageName, pageOf } from './pages.js';

it('knows of which page an address is', () => {
  expect(['/w/shop/audit', '/w/shop/runs/a:b', '/w/shop', '/'].map(pageOf)).toEqual([
    ...['audit', 'runs'],
    ...[undefined, undefined],
  ]);
  expect([pageName('audit'), pageName('elsewhere'), pageName(undefined)]).toEqual(['Audit', undefined, undefined]);
});
