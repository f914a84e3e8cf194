import type { FlowRow } from '@flowplane/contracts/read-model';
import { describe, expect, it } from 'vitest';
import { makeKnownFlows } from './known-flows.js';

const rowOf = (flowId: string, over: Partial<FlowRow> = {}): FlowRow => ({
  ...{ tenantId: 'T', workspaceId: 'W', flowId, generation: 7, birth: 3, name: 'n', dslApiVersion: 'v1.0' },
  ...{ definition: '{}', definitionYaml: null, latestVersion: null, revision: 1, createdBy: 'alice' },
  ...{ createdAt: 0, updatedAt: 0, deletedAt: null },
  ...over,
});

describe('known flows', () => {
  it('are those that were needed last, as many as there is room for', () => {
    const flows = makeKnownFlows(4500);
    for (const flowId of ['a', 'b', 'c', 'd', 'e', 'f']) flows.putRow(flowId, rowOf(flowId));
    expect(flows.row('a')?.flowId).toBe('a');
    for (const flowId of ['g', 'h', 'i']) flows.putRow(flowId, rowOf(flowId));
    expect(['a', 'b', 'c', 'i'].map((key) => flows.row(key)?.flowId)).toEqual(['a', undefined, undefined, 'i']);
    expect(flows.bytes()).toBeLessThanOrEqual(4500);
  });

  it('have no large rows, but their generations', () => {
    const flows = makeKnownFlows();
    flows.putRow('a', rowOf('a', { definition: 'x'.repeat(600_000) }));
    expect([flows.row('a'), flows.generation('a')]).toEqual([undefined, 7]);
    flows.putRow('b', rowOf('b', { definition: 'x'.repeat(500_000) }));
    expect(flows.row('b')?.flowId).toBe('b');
  });

  it('keep a row whose generation is confirmed, and lose one of an earlier generation', () => {
    const flows = makeKnownFlows();
    flows.putRow('a', rowOf('a'));
    flows.putGeneration('a', 7);
    expect(flows.row('a')).toEqual(rowOf('a'));
    flows.putGeneration('a', 8);
    expect([flows.row('a'), flows.generation('a')]).toEqual([undefined, 8]);
  });

  it('take no room once they are dropped', () => {
    const flows = makeKnownFlows();
    flows.putRow('a', rowOf('a'));
    flows.putRow('a', rowOf('a', { name: 'longer' }));
    flows.putGeneration('b', 1);
    flows.drop('a');
    flows.drop('a');
    flows.drop('b');
    expect([flows.bytes(), flows.row('a'), flows.generation('b')]).toEqual([0, undefined, undefined]);
    flows.putRow('a', rowOf('a'));
    flows.clear();
    expect([flows.bytes(), flows.row('a')]).toEqual([0, undefined]);
  });
});
