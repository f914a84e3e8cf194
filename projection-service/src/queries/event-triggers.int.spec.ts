import { afterAll, beforeAll, expect, it } from 'vitest';
import { openQueriedLog, type QueriedLog } from '../../test/queried-log.js';
import { caughtUp } from '../../test/running-projections.js';
import { flowCreated, eventTrigger, versionPublished } from '../../test/sample-events.js';

let queried: QueriedLog;
beforeAll(async () => {
  queried = await openQueriedLog();
});
afterAll(() => queried?.close());

const triggers = async (headers = {}) => {
  const { status, body } = await queried.get('/triggers/events', headers);
  return [status, body['items']];
};

it('triggers of platform events are listed with their topics, of the latest version only and to their tenant alone', async () => {
  const { events, owner, log, store } = queried;
  expect(await triggers()).toEqual([200, []]);
  await owner.append([
    flowCreated(events, 'F'),
    versionPublished(events, 'F', 1, [eventTrigger('order.paid', 't1', 0), eventTrigger('gone', 't2', 0)]),
    versionPublished(events, 'F', 2, [eventTrigger('order.paid', 't1', 0, 'event.amount > 10')]),
  ]);
  await caughtUp(log, store, 'control');
  const listed = {
    ...{ triggerId: 'F:platform-event:order.paid', flowId: 'F', version: 2, eventType: 'order.paid' },
    ...{ topicRef: 'evt.W.order.paid', filter: 'event.amount > 10', dedupeKey: null },
  };
  expect(await triggers()).toEqual([200, [listed]]);
  expect(await triggers({ 'x-tenant-id': 'S' })).toEqual([403, undefined]);
});
