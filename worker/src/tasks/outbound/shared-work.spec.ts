import { describe, expect, it } from 'vitest';
import { makeSharedWork } from './shared-work.js';

/** Work that ends when it is released; `begun` counts how often it was. */
function heldWork() {
  const ends: ((value: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const work = (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return new Promise((resolve) => ends.push(resolve));
  };
  return { work, signals, end: (value: string) => ends.splice(0).forEach((resolve) => resolve(value)) };
}
const open = (): AbortSignal => new AbortController().signal;

describe('shared work', () => {
  it('is done once for all who ask while it goes on, and again for who comes later', async () => {
    const share = makeSharedWork<string>();
    const held = heldWork();
    const first = [1, 2, 3].map(() => share('a', open(), held.work));
    const other = share('b', open(), held.work);
    expect(held.signals).toHaveLength(2);
    held.end('one');
    expect(await Promise.all([...first, other])).toEqual(['one', 'one', 'one', 'one']);
    const later = share('a', open(), held.work);
    held.end('two');
    expect(await later).toBe('two');
  });

  it('goes on while one caller waits, and is given up when the last has gone', async () => {
    const share = makeSharedWork<string>();
    const held = heldWork();
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [first, second].map(({ signal }) => share('a', signal, held.work).catch(() => 'gone'));
    first.abort();
    expect(await waiting[0]).toBe('gone');
    expect(held.signals[0]?.aborted).toBe(false);
    second.abort();
    expect(await waiting[1]).toBe('gone');
    expect(held.signals[0]?.aborted).toBe(true);
    const next = share('a', open(), held.work);
    held.end('new');
    expect(await next).toBe('new');
  });

  it('fails for all who wait, once', async () => {
    const share = makeSharedWork<string>();
    const failing = [1, 2].map(() => share('a', open(), () => Promise.reject(new Error('no'))));
    for (const one of failing) await expect(one).rejects.toThrow('no');
    await expect(share('a', open(), () => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});
