import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { childExecutionIds } from './child-execution-id.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const bytes = (text: string): number => Buffer.byteLength(text);

describe('ids of sub-flow runs', () => {
  it('are the parent id and the node id, with the hash of the node id for one that is taken', () => {
    expect(childExecutionIds('T:W:F:1', 'pay-in')).toEqual(['T:W:F:1-pay-in', `T:W:F:1-${sha256('pay-in')}`]);
  });

  it('take the hash of the node id beyond 255 bytes, which is what the engine keeps', () => {
    const parent = 'T:W:F:'.padEnd(255 - 1 - 6, 'x');
    expect(childExecutionIds(parent, 'é'.repeat(3))[0]).toBe(`${parent}-ééé`);
    const short = parent.slice(0, 180);
    const nodeId = 'n'.repeat(75);
    expect(childExecutionIds(short, nodeId)).toEqual([`${short}-${sha256(nodeId)}`]);
  });

  it('take one hash for all where the parent is too long for the hash of the node id', () => {
    const parent = 'T:W:F:'.padEnd(248, 'x');
    const plain = `${parent}-éééx`;
    expect(childExecutionIds(parent, 'éééx')).toEqual([`${parent.slice(0, 190)}-${sha256(plain)}`]);
  });

  it('stay within what the engine keeps, however deep and long the names are, and differ', () => {
    for (const nodeId of ['n'.repeat(256), '🚀'.repeat(256), 'node-of-some-length', 'n']) {
      const ids = ['T:W:F:'.padEnd(250, 'ü').slice(0, 200)];
      for (let depth = 1; depth <= 30; depth++) ids.push(childExecutionIds(ids.at(-1) as string, nodeId)[0]);
      expect(Math.max(...ids.slice(1).map(bytes))).toBeLessThanOrEqual(255);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.join('')).not.toContain('\uFFFD');
    }
  });
});
