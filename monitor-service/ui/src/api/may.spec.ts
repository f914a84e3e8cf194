import { expect, it } from 'vitest';
import { mayDo } from './may.js';

it('holds what `me` lists against what is to be done, and lets the API decide of what it does not list', () => {
  const me = { workspaces: [{ workspaceId: 'shop', operations: ['listFlows'] }] } as unknown as Parameters<
    typeof mayDo
  >[0];
  expect(mayDo(me, 'shop', 'listFlows')).toBe(true);
  expect(mayDo(me, 'shop', 'createFlow')).toBe(false);
  expect(mayDo(me, 'other', 'createFlow')).toBe(true);
  expect(mayDo(undefined, 'shop', 'createFlow')).toBe(true);
});
