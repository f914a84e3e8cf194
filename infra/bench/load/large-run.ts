import { randomUUID } from 'node:crypto';
import { encodeFrame, NO_LATER_MEMBERS, partitionOf, type Frame } from '@flowplane/contracts';
import type { BatchProducer } from '@flowplane/plumbing/kafka';
import { atRate } from './in-parallel.js';
import type { BenchTenant } from './run-commands.js';

/** Nodes of a part of the flow: a parallel of three calls, then a branch whose arms meet. */
const PART = 8;
const CALL = { type: 'task', taskType: 'http.request', input: { url: 'http://127.0.0.1:9/any' } } as const;

/** A flow of many nodes: it waits for an hour, then come parts with parallels and branches, one behind the other. */
export function largeFlow(nodeCount: number) {
  const parts = Math.floor((nodeCount - 2) / PART);
  const tail = nodeCount - 1 - parts * PART;
  const nodes = [
    { id: 'rest', type: 'wait', duration: 'PT1H', next: 'split0' },
    ...Array.from({ length: parts }, (_, part) => partOf(part, part + 1 < parts ? `split${part + 1}` : 'tail0')).flat(),
    ...Array.from({ length: tail }, (_, index) => ({
      ...{ id: `tail${index}`, ...CALL },
      ...(index + 1 < tail ? { next: `tail${index + 1}` } : {}),
    })),
  ];
  return { apiVersion: 'v1.0', name: 'large', nodes };
}

function partOf(part: number, next: string) {
  const id = (name: string): string => `${name}${part}`;
  return [
    { id: id('split'), type: 'parallel', branches: [id('a'), id('b'), id('c')], next: id('choose') },
    ...['a', 'b', 'c'].map((name) => ({ id: id(name), ...CALL })),
    { id: id('choose'), type: 'branch', arms: [{ when: `${part} > 3`, next: id('left') }], default: id('right') },
    ...['left', 'right'].map((name) => ({ id: id(name), ...CALL, next: id('meet') })),
    { id: id('meet'), ...CALL, next },
  ];
}

/** Frames of one node: it starts, says something twice, and completes; some calls are answered 404. */
export const FRAMES_A_NODE = 4;

function framesOf(tenant: BenchTenant, executionId: string, nodeId: string, index: number): readonly (() => Frame)[] {
  const run = { executionId, tenantId: tenant.tenantId, workspaceId: tenant.workspaceId, flowId: tenant.flowId };
  const startedAt = { ms: 0 };
  const node = (
    status: 'started' | 'completed',
    completedAt: number | null,
    values: readonly (object | null)[],
  ): Frame => {
    const [input, output] = values.map((value) => {
      const json = JSON.stringify(value);
      return value === null ? null : { json, ref: null, sizeBytes: json.length };
    });
    return {
      type: 'NodeFrame',
      data: {
        ...{ ...run, nodeId, iteration: 1, status, attemptNumber: 1, startedAt: startedAt.ms, completedAt },
        ...{ reused: false, input: input ?? null, output: output ?? null, error: null, emittedAt: Date.now() },
        ...NO_LATER_MEMBERS,
      },
    };
  };
  const note = (message: string) => (): Frame => ({
    type: 'LogFrame',
    data: { ...run, nodeId, level: 'info', message, timestamp: Date.now() },
  });
  return [
    () => {
      startedAt.ms = Date.now();
      return node('started', null, [{ url: CALL.input.url, index }, null]);
    },
    note(`asks for order ${index}`),
    note(`has got an answer about order ${index}`),
    () => node('completed', Date.now(), [null, { httpStatus: index % 10 === 9 ? 404 : 200, body: `order ${index}` }]),
  ];
}

/** Appends frames of a run, node after node, at a fixed rate, until the log has that all of `nodeIds` have completed. */
export async function offerFrames(
  log: { readonly producer: BatchProducer; readonly partitions: number },
  tenant: BenchTenant,
  run: { readonly executionId: string; readonly nodeIds: readonly string[]; readonly perSecond: number },
): Promise<void> {
  const { executionId, nodeIds, perSecond } = run;
  const frames = nodeIds.flatMap((nodeId, index) => framesOf(tenant, executionId, nodeId, index));
  const append = (frame: Frame): Promise<unknown> =>
    log.producer.append({
      ...{ partition: partitionOf(executionId, log.partitions), key: executionId, value: encodeFrame(frame) },
      headers: { ce_id: randomUUID(), ce_type: frame.type },
    });
  await atRate(perSecond, (frames.length / perSecond) * 1_000, (count, first) =>
    frames.slice(first, first + count).map((makeFrame) => append(makeFrame())),
  );
}
