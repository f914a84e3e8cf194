import { describe, expect, it } from 'vitest';
import { makeInTurn } from './in-turn.js';

describe('calls in turn', () => {
  it('begin when the one before has ended, well or not, the first at once', async () => {
    const inTurn = makeInTurn();
    const steps: string[] = [];
    const ends = new Map<string, (fails: boolean) => void>();
    const call = (name: string) => () => {
      steps.push(`${name} begins`);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, (fails) => (fails ? reject(new Error(name)) : resolve(name)));
      });
    };
    const a = inTurn(call('a'));
    expect(steps).toEqual(['a begins']);
    const rest = [inTurn(call('b')), inTurn(call('c'))];
    await Promise.resolve();
    expect(steps).toEqual(['a begins']);
    ends.get('a')?.(true);
    await expect(a).rejects.toThrow('a');
    const d = inTurn(call('d'));
    for (const name of ['b', 'c', 'd']) {
      await Promise.resolve();
      expect(steps.at(-1)).toBe(`${name} begins`);
      ends.get(name)?.(false);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await Promise.all([...rest, d])).toEqual(['b', 'c', 'd']);
    const e = inTurn(call('e'));
    expect(steps.at(-1)).toBe('e begins');
    ends.get('e')?.(false);
    await e;
  });
});
