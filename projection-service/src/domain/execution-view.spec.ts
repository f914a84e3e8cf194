import type { FinalNode, FlowDefinition } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { DEFINITION } from '../../test/sample-events.js';
import { nodesInOrder, scheduledEvents, visitedByFrames, visitedFinally } from './execution-view.js';
import type { NodeRow } from './node-row.js';

const definition = JSON.parse(DEFINITION) as FlowDefinition;
const inline = (value: { readonly json: string | null } | null): unknown =>
  value === null || value.json === null ? null : JSON.parse(value.json);

const row = (nodeId: string, over: Partial<NodeRow> = {}): NodeRow => ({
  executionId: 'T:W:F:1',
  nodeId,
  iteration: 1,
  tenantId: 'T',
  workspaceId: 'W',
  rank: 2,
  status: 'started',
  reused: false,
  attempts: '[{"status":"started","attemptNumber":1,"startedAt":0,"completedAt":null}]',
  inputJson: null,
  inputRef: null,
  outputJson: null,
  outputRef: null,
  error: null,
  firstOffset: 5,
  timeMs: 0,
  ...over,
});
const final = (nodeId: string, over: Partial<FinalNode> = {}): FinalNode => ({
  nodeId,
  iteration: 1,
  status: 'completed',
  reused: false,
  input: { json: '{"n":1}', ref: null, sizeBytes: 7 },
  output: { json: '{"ok":true}', ref: null, sizeBytes: 11 },
  error: null,
  attempts: [{ status: 'completed', attemptNumber: 1, startedAt: 0, completedAt: 1 }],
  scheduledEventId: '5',
  ...over,
});

describe('execution detail', () => {
  it('lists every node of the version in document order, unvisited ones as pending', () => {
    const nodes = nodesInOrder(
      definition,
      visitedByFrames([row('charge'), row('split')], definition),
      'Running',
      inline,
    );
    expect(nodes.map(({ nodeId, status }) => [nodeId, status])).toEqual([
      ['split', 'started'],
      ['charge', 'started'],
      ['refuse', 'pending'],
    ]);
    expect(nodes[1]?.attempts).toEqual([
      { status: 'started', attemptNumber: 1, startedAt: '1970-01-01T00:00:00.000Z', completedAt: null },
    ]);
  });

  it('calls unvisited nodes skipped once the run completed, and only then', () => {
    const statusOf = (runStatus: string) => nodesInOrder(definition, [], runStatus, inline).map(({ status }) => status);
    expect(new Set(statusOf('Completed'))).toEqual(new Set(['skipped']));
    expect(new Set(statusOf('Failed'))).toEqual(new Set(['pending']));
    expect(new Set(statusOf('Canceled'))).toEqual(new Set(['pending']));
  });

  it('takes values from the reconciled table', () => {
    const [node] = nodesInOrder(definition, visitedFinally([final('split')]), 'Completed', inline);
    expect(node).toEqual({
      nodeId: 'split',
      status: 'completed',
      reused: false,
      input: { n: 1 },
      output: { ok: true },
      error: null,
      attempts: [
        {
          status: 'completed',
          attemptNumber: 1,
          startedAt: '1970-01-01T00:00:00.000Z',
          completedAt: '1970-01-01T00:00:00.001Z',
        },
      ],
    });
  });

  it('has one event per scheduled task, in order of scheduling, without the iteration', () => {
    const visited = visitedFinally([
      final('refuse', { scheduledEventId: '12' }),
      final('charge', { scheduledEventId: '9' }),
      final('charge#2', { iteration: 2, scheduledEventId: '30' }),
      final('split', { scheduledEventId: null }),
    ]);
    expect(scheduledEvents(visited)).toEqual([
      { nodeId: 'charge', eventId: '9', type: 'ActivityScheduled' },
      { nodeId: 'refuse', eventId: '12', type: 'ActivityScheduled' },
      { nodeId: 'charge', eventId: '30', type: 'ActivityScheduled' },
    ]);
  });

  it('counts tasks only, and neither reused nor skipped ones, while frames are all there is', () => {
    const rows = [
      row('split', { firstOffset: 1 }),
      row('refuse', { firstOffset: 3 }),
      row('charge', { firstOffset: 2, reused: true }),
    ];
    expect(scheduledEvents(visitedByFrames(rows, definition))).toEqual([
      { nodeId: 'refuse', eventId: '3', type: 'ActivityScheduled' },
    ]);
  });
});
