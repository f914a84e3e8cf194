import { expect, it } from 'vitest';
import { mayDoWithTemplates } from './may-do-with-templates.js';

it('says what `me` says, and lets the API decide before that was read', () => {
  const me = { templates: { operations: ['getTemplate'] } } as unknown as Parameters<typeof mayDoWithTemplates>[0];
  expect(mayDoWithTemplates(me, 'getTemplate')).toBe(true);
  expect(mayDoWithTemplates(me, 'provisionTemplate')).toBe(false);
  expect(mayDoWithTemplates(undefined, 'provisionTemplate')).toBe(true);
});
