import type { FlowDefinition, FlowNode, SubFlowReference } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { totalsOfVersions, TooManyVersions } from './totals-of-versions.js';

type Flows = Readonly<Record<string, readonly string[]>>;
const first = (flowId: string): SubFlowReference => ({ flowId, version: 1 });

/** Flows by the names of the sub-flows that they run, one behind the other; versions are read as `find` is called. */
async function totals(flows: Flows, asked: readonly string[]) {
  const read: string[] = [];
  const found = await totalsOfVersions(asked.map(first), async ({ flowId }) => {
    read.push(flowId);
    const names = flows[flowId];
    if (names === undefined) return undefined;
    const wait: FlowNode = { id: 'end', type: 'wait', duration: 'PT0S' };
    const node = (name: string, index: number): FlowNode => ({
      ...{ id: `n${index}`, type: 'sub-flow', flowId: name, flowVersion: '1' },
      next: index === names.length - 1 ? 'end' : `n${index + 1}`,
    });
    return { nodes: [...names.map(node), wait] };
  });
  return { found, read };
}

describe('what runs of versions can start', () => {
  it('is counted over all levels, and every version is read once', async () => {
    const flows = { leaf: [], two: ['leaf', 'leaf'], top: ['two', 'two', 'leaf'] };
    expect(await totals(flows, ['top', 'two', 'nowhere'])).toEqual({
      found: [{ nesting: 2, runs: 7 }, { nesting: 1, runs: 2 }, null],
      read: ['top', 'two', 'leaf', 'nowhere'],
    });
  });

  it('has no end where a flow that was made again leads back', async () => {
    const { found } = await totals({ a: ['b'], b: ['a'], into: ['a'] }, ['into', 'b']);
    for (const total of found) expect(total?.runs).toBe(1_000_000_000);
  });

  it('is not known of a document without nodes', async () => {
    expect(await totalsOfVersions([first('a')], () => Promise.resolve({} as FlowDefinition))).toEqual([null]);
  });

  it('is given up when there are too many versions', async () => {
    const chain = Object.fromEntries(Array.from({ length: 1001 }, (_, level) => [`n${level}`, [`n${level + 1}`]]));
    await expect(totals(chain, ['n0'])).rejects.toThrow(TooManyVersions);
  });
});
