import type { Event } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { makeOwnersInLog } from './owners-in-log.js';

const event = (type: Event['type'], tenantId: string, workspaceId = ''): Event =>
  ({ type, meta: { tenantId, workspaceId } }) as Event;

it('a workspace is the tenant’s whose first event is the earliest, in whatever order partitions are read', () => {
  const events = [
    [event('FlowCreated', 'a', 'w'), 10],
    [event('FlowCreated', 'a', 'v'), 11],
    [event('FlowDeleted', 'a', 'w'), 12],
    [event('FlowCreated', 'b', 'w'), 20],
    [event('FlowCreated', 'b', 'w'), 21],
  ] as const;
  for (const order of [events, [...events.slice(3), ...events.slice(0, 3)]]) {
    const log = makeOwnersInLog();
    for (const [one, timestamp] of order) log.take(one, timestamp);
    expect(log.owners().toSorted((x, y) => x.since - y.since)).toEqual([
      { workspaceId: 'w', tenantId: 'a', since: 10 },
      { workspaceId: 'v', tenantId: 'a', since: 11 },
    ]);
  }
});

it('a purged tenant has only what it took afterwards, and what it had is the next one’s', () => {
  const log = makeOwnersInLog();
  log.take(event('FlowCreated', 'b', 'w'), 30);
  log.take(event('FlowCreated', 'a', 'w'), 10);
  log.take(event('TenantPurged', 'a'), 20);
  log.take(event('FlowCreated', 'a', 'v'), 40);
  expect(log.purges()).toEqual([{ tenantId: 'a', at: 20 }]);
  expect(log.owners()).toEqual([
    { workspaceId: 'w', tenantId: 'b', since: 30 },
    { workspaceId: 'v', tenantId: 'a', since: 40 },
  ]);
});
