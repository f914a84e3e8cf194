import type { Event, EventMeta } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { refusedFires, watchRefusals } from './refused-fires.js';

const meta = { tenantId: 'T', workspaceId: 'W', eventId: 'e' } as EventMeta;
const flow = { tenantId: 'T', workspaceId: 'W', flowId: 'F' };
const signal = new AbortController().signal;

function watch(maxRefusals: number) {
  let inRow = 0;
  let asked = 0;
  const paused: string[] = [];
  const refusals = watchRefusals({
    store: {
      countRefused: async (_id, _offset, fires) => (asked++, (inRow += fires)),
      endRefused: async () => void (inRow = 0),
    },
    ...{ maxRefusals, logger: { warn: () => undefined } },
    pause: async ({ flowId }) => void paused.push(flowId),
  });
  const refuse = (count: number) => refusals.refused({ flow, count }, meta, 1, signal);
  return { refuse, admit: () => refusals.admitted(flow, 1, signal), paused, asked: () => asked };
}

it('a schedule is paused once as many of its fires in a row are refused', async () => {
  const { refuse, admit, paused } = watch(1000);
  for (let fire = 0; fire < 999; fire++) await refuse(1);
  await admit();
  for (let fire = 0; fire < 999; fire++) await refuse(1);
  expect(paused).toEqual([]);
  await refuse(1);
  await refuse(1);
  expect(paused).toEqual(['F']);
});

it('one entry for many counts as many', async () => {
  const { refuse, paused } = watch(1000);
  await refuse(400);
  await refuse(400);
  expect(paused).toEqual([]);
  await refuse(400);
  expect(paused).toEqual(['F']);
});

it('0 means never', async () => {
  const { refuse, paused, asked } = watch(0);
  for (let fire = 0; fire < 10; fire++) await refuse(1000);
  expect([paused, asked()]).toEqual([[], 0]);
});

it('only fires of schedules count', () => {
  const refused = (triggerType: string) =>
    ({ type: 'TriggerStartRefused', meta, data: { flowId: 'F', triggerType } }) as Event;
  const denied = (deniedCommand: string, flowId: string | null) =>
    ({ type: 'CommandDenied', meta, data: { deniedCommand, flowId, count: 7 } }) as Event;
  expect(refusedFires(refused('cron'))).toMatchObject({ flow, count: 1 });
  expect(refusedFires(refused('webhook'))).toBeUndefined();
  expect(refusedFires(denied('schedule.fire', 'F'))).toMatchObject({ flow, count: 7 });
  expect(refusedFires(denied('schedule.fire', null))).toBeUndefined();
  expect(refusedFires(denied('execution.start', 'F'))).toBeUndefined();
});
