import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { childExecutionIds } from './child-execution-id.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const bytes = (text: string): number => Buffer.byteLength(text);

describe('ids of sub-flow runs', () => {
  it('are the parent id and the node id, with the hash of the node id for one that is taken', () => {
    expect(childExecutionIds('T:W:F:1', 'pay-in')).toEqual(['T:W:F:1-pay-in', `T:W:F:1-${sha256('pay-in')}`]);
  });

  it('take the hash of the node id from the 901st byte on', () => {
    const parent = 'T:W:F:'.padEnd(900 - 1 - 6, 'x');
    expect(childExecutionIds(parent, 'é'.repeat(3))[0]).toBe(`${parent}-ééé`);
    expect(childExecutionIds(parent, 'é'.repeat(3) + 'x')).toEqual([`${parent}-${sha256('éééx')}`]);
  });

  it('stay within what the engine takes, ten levels deep, and differ', () => {
    for (const nodeId of ['n'.repeat(256), '🚀'.repeat(256), 'node-of-some-length']) {
      const ids = ['T:W:F:'.padEnd(500, 'ü')];
      for (let depth = 1; depth <= 30; depth++) ids.push(childExecutionIds(ids.at(-1) as string, nodeId)[0]);
      expect(Math.max(...ids.map(bytes))).toBeLessThanOrEqual(1000);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.join('')).not.toContain('\uFFFD');
    }
  });
});
