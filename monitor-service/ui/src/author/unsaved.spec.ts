import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { forgetUnsaved, hasUnsaved, keepAfterSave, keepUnsaved, recallUnsaved, type UnsavedPlace } from './unsaved.js';

/** As a browser's storage, whose items are members; full from a certain length of an item on. */
class TabStorage {
  [key: string]: unknown;
  constructor(longest: number) {
    const hidden = (value: unknown) => ({ value, enumerable: false });
    Object.defineProperties(this, {
      getItem: hidden((key: string) => (this[key] ?? null) as string | null),
      removeItem: hidden((key: string) => Reflect.deleteProperty(this, key)),
      setItem: hidden((key: string, text: string) => {
        if (text.length > longest) throw new DOMException('full', 'QuotaExceededError');
        this[key] = text;
      }),
    });
  }
}

const place: UnsavedPlace = { tenantId: 'T', actorId: 'alice', workspaceId: 'shop', flowId: 'f', from: null };
const fresh: UnsavedPlace = { ...place, flowId: null, from: '1' };

beforeEach(() => vi.stubGlobal('sessionStorage', new TabStorage(100)));
afterEach(() => vi.unstubAllGlobals());

it('keeps a text for its writer, workspace and flow', () => {
  keepUnsaved(place, { text: 'a', revision: 1 });
  expect(recallUnsaved(place)).toEqual({ text: 'a', revision: 1 });
  for (const other of [{ actorId: 'bob' }, { workspaceId: 'other' }, { flowId: 'g' }])
    expect(recallUnsaved({ ...place, ...other })).toBeUndefined();
});

it('shows no older text where the last one could not be kept', () => {
  keepUnsaved(place, { text: 'a', revision: 1 });
  keepUnsaved(place, { text: 'a'.repeat(200), revision: 1 });
  expect(recallUnsaved(place)).toBeUndefined();
});

it('keeps what was written while a save ran, upon what that has saved', () => {
  keepUnsaved(place, { text: 'sent and more', revision: 1 });
  keepAfterSave(place, { flowId: 'f', text: 'sent', revision: 2 });
  expect(recallUnsaved(place)).toEqual({ text: 'sent and more', revision: 2 });
  keepAfterSave(place, { flowId: 'f', text: 'sent and more', revision: 3 });
  expect(recallUnsaved(place)).toBeUndefined();
});

it('keeps what was written while a flow was made at the place of that flow', () => {
  keepUnsaved(fresh, { text: 'sent and more', revision: null });
  keepAfterSave(fresh, { flowId: 'f', text: 'sent', revision: 1 });
  expect([recallUnsaved(fresh), recallUnsaved(place)]).toEqual([undefined, { text: 'sent and more', revision: 1 }]);
});

it('leaves nothing behind after a sign-out, and other things alone', () => {
  keepUnsaved(place, { text: 'a', revision: 1 });
  keepUnsaved({ ...fresh, actorId: 'bob' }, { text: 'b', revision: null });
  sessionStorage.setItem('flowplane.signed-out', 'yes');
  expect(hasUnsaved()).toBe(true);
  forgetUnsaved();
  expect(hasUnsaved()).toBe(false);
  expect(Object.keys(sessionStorage)).toEqual(['flowplane.signed-out']);
});
