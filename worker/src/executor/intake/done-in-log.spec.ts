import { START_OF_LOG, type Event } from '@flowplane/contracts';
import type { EventReader } from '@flowplane/runtime/consume';
import { expect, it } from 'vitest';
import { readDone, TELLS_NOTHING, wasWorkedOn } from './done-in-log.js';

/** A log of one partition with these events. */
const logOf = (...events: readonly (readonly [Event['type'], object])[]) => {
  const records = events.map(([type, data], offset) => ({
    ...{ kind: 'event', offset, timestamp: 0, event: { type, data } as unknown as Event },
  }));
  const position = { ...START_OF_LOG, offset: records.length };
  const batch = { partition: 0, records, position, endOffset: records.length };
  const reader = {
    assign: () => undefined,
    poll: () => Promise.resolve([batch]),
    close: () => Promise.resolve(),
  } as unknown as EventReader;
  return readDone(reader, 0, START_OF_LOG, records.length);
};

it.each(['ProvisioningNodeStarted', 'ResourceCreated', 'ResourceRemoved'] as const)(
  'a run of a template was begun, and the executor at work, where the log has %s of it',
  async (type) => {
    const done = await logOf(['ProvisioningRequested', { executionId: 'other' }], [type, { executionId: 'run' }]);
    expect([done.begun, done.started, done.closed]).toEqual([new Set(['run']), new Set(), new Set()]);
    expect(wasWorkedOn(done)).toBe(true);
    expect(TELLS_NOTHING.has(type)).toBe(false);
  },
);

it('a run that was only asked for was not begun', async () => {
  const done = await logOf(['ProvisioningRequested', { executionId: 'run' }]);
  expect([done.begun.size, wasWorkedOn(done)]).toEqual([0, false]);
});
