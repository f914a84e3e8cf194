import type { Command, Event } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { checkLog } from './log-check.js';
import type { LoggedEvent, WholeLog } from './log-reader.js';

type Step = {
  readonly type: Event['type'];
  readonly data: Readonly<Record<string, unknown>>;
  readonly key?: string;
  readonly accepted?: boolean;
};

/** A log of one partition: a command for each step, and the step as its outcome. */
function logOf(...steps: readonly Step[]): WholeLog {
  const meta = (index: number, key: string | undefined) => ({
    tenantId: 't',
    workspaceId: 'w',
    commandId: `c${index}`,
    attempt: 1,
    idempotency: key === undefined ? null : { key, fingerprint: 'f' },
  });
  const commands = steps.map(({ key }, index) => ({
    partition: 0,
    offset: index,
    command: { type: 'CreateFlow', meta: meta(index, key), data: {} } as unknown as Command,
  }));
  const events = steps.map(({ type, data, key, accepted = true }, index): LoggedEvent => {
    const of = { ...meta(index, key), eventId: `e${index}`, commandOffset: index, index: 0, count: 1 };
    const event = { type, meta: of, data } as unknown as Event;
    return { partition: 0, offset: index, header: undefined, accepted, kind: 'event', event };
  });
  return { commands, events };
}

const created = (flowId: string): Step => ({ type: 'FlowCreated', data: { flowId, revision: 1 } });
const published = (version: number): Step => ({
  type: 'FlowVersionPublished',
  data: { flowId: 'f', version, revision: version + 1 },
});
const requested = (executionId: string, key?: string): Step => ({
  type: 'ExecutionRequested',
  data: { flowId: 'f', executionId, version: 1 },
  ...(key === undefined ? {} : { key }),
});
const closed = (executionId: string): Step => ({ type: 'ExecutionClosed', data: { executionId, status: 'Canceled' } });
const refused = (dimension: string): Step => ({
  type: 'CommandRejected',
  data: { flowId: 'f', problem: { code: 'QUOTA_EXCEEDED', dimension } },
});

describe('the check of a log', () => {
  it('finds nothing in a good one', () => {
    const log = logOf(created('f'), published(1), published(2), requested('r1'), closed('r1'), requested('r2'));
    expect(checkLog(log, { maxConcurrentExecutions: 1, maxFlowVersions: 2, maxFlows: 1 })).toEqual([]);
  });

  it('finds a command without an outcome, also when only a zombie wrote one', () => {
    const { commands, events } = logOf(created('f'), created('g'));
    expect(checkLog({ commands, events: events.slice(0, 1) }, {})).toEqual([
      expect.stringMatching(/0@1 .* no outcome/),
    ]);
    const zombie = logOf(created('f'), { ...created('g'), accepted: false });
    expect(checkLog(zombie, {})).toEqual([expect.stringMatching(/0@1 .* no outcome/)]);
  });

  it('finds two outcomes of one command, half an outcome, and one of a command that is not there', () => {
    const { commands, events } = logOf(created('f'), created('g'));
    const twin = { ...events[0], offset: 2 } as LoggedEvent;
    expect(checkLog({ commands, events: [...events, twin] }, {}).join()).toMatch(/in parts or twice/);
    const [first, second] = events as [LoggedEvent & { kind: 'event' }, LoggedEvent];
    const half = { ...first, event: { ...first.event, meta: { ...first.event.meta, count: 2 } } } as LoggedEvent;
    expect(checkLog({ commands, events: [half, second] }, {}).join()).toMatch(/in parts or twice/);
    expect(checkLog({ commands: commands.slice(1), events }, {}).join()).toMatch(/of a command 0@0 that is not/);
  });

  it('finds a version number left out or given twice', () => {
    expect(checkLog(logOf(created('f'), published(1), published(3)), {}).join()).toMatch(
      /version 3 at 0@2, expected 2/,
    );
    expect(checkLog(logOf(created('f'), published(1), published(1)), {}).join()).toMatch(
      /version 1 at 0@2, expected 2/,
    );
  });

  it('finds a limit that was overstepped, and one that refused too early', () => {
    const limits = { maxConcurrentExecutions: 1 };
    expect(checkLog(logOf(requested('r1'), requested('r2')), limits)).toEqual([
      'accepted at 0@1 with max_concurrent_executions 1 of 1',
    ]);
    const early = logOf(requested('r1'), closed('r1'), refused('max_concurrent_executions'));
    expect(checkLog(early, limits)).toEqual(['refused at 0@2 with max_concurrent_executions 0 of 1']);
    expect(checkLog(logOf(created('f'), created('g')), { maxFlows: 1 })).toHaveLength(1);
    expect(checkLog(logOf(created('f'), published(1), published(2)), { maxFlowVersions: 1 })).toHaveLength(1);
  });

  it('finds an Idempotency-Key that took effect twice', () => {
    expect(checkLog(logOf(requested('r1', 'k'), requested('r2', 'k')), {})).toEqual([
      'key k took effect twice, again at 0@1',
    ]);
  });
});
