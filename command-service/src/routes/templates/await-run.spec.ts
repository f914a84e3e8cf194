import type { Event } from '@flowplane/contracts';
import type { TemplateCall } from '@flowplane/runtime/api';
import { expect, test } from 'vitest';
import { awaitRun } from './await-run.js';
import { makeRunEnds } from './run-ends.js';
import type { FoundTemplate, TemplateContext } from './template-context.js';

const RUN = { templateId: 'K1', executionId: 'T:_tpl:K1:r' };
const FOREVER_MS = 600_000;

/** @param rows what the read models have, one after the other; the last one stays */
function world(...rows: readonly (string | null)[]) {
  const runEnds = makeRunEnds();
  const gone = new AbortController();
  let looked = 0;
  let waited = 0;
  const context = {
    ...{ partitions: 1, commandWaitMs: FOREVER_MS, maxRunWaitMs: FOREVER_MS, runEnds },
    tail: { reached: () => ({ partition: 0, offset: 1 }) },
    projected: () => Promise.resolve(++waited > 0),
    templateOf: (): Promise<FoundTemplate> => {
      const provisioning = rows[Math.min(looked++, rows.length - 1)] ?? null;
      return Promise.resolve({ kind: 'own', provisioning, deprovisioning: null } as unknown as FoundTemplate);
    },
  } as unknown as TemplateContext;
  const call = { tenantId: 'T', signal: gone.signal } as TemplateCall;
  const end = { type: 'ProvisioningFinished', data: { executionId: RUN.executionId } } as unknown as Event;
  return { context, call, runEnds, gone, end, counts: () => ({ looked, waited }) };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

test('a run is waited for until the log has its end, and then once more for the row', async () => {
  const { context, call, runEnds, end, counts } = world(RUN.executionId, null);
  const awaited = awaitRun(context, call, RUN, FOREVER_MS);
  await soon();
  runEnds.heard(end);
  expect(await awaited).toMatchObject({ isOver: true, end, found: { provisioning: null } });
  expect(counts()).toEqual({ looked: 2, waited: 2 });
});

test('one that was over before needs no event', async () => {
  const { context, call } = world(null);
  expect(await awaitRun(context, call, RUN, FOREVER_MS)).toMatchObject({ isOver: true, end: undefined });
});

test('its end is not missed when it comes while the row is looked at', async () => {
  const { context, call, runEnds, end } = world(null);
  const awaited = awaitRun(context, call, RUN, FOREVER_MS);
  runEnds.heard(end);
  expect(await awaited).toMatchObject({ isOver: true, end });
});

test('without time, and without a client, there is one more look', async () => {
  const early = world(RUN.executionId);
  expect(await awaitRun(early.context, early.call, RUN, 0)).toMatchObject({ isOver: false, end: undefined });
  const left = world(RUN.executionId);
  const awaited = awaitRun(left.context, left.call, RUN, FOREVER_MS);
  await soon();
  left.gone.abort();
  expect(await awaited).toMatchObject({ isOver: false });
});

test('the end of another run wakes nobody', async () => {
  const { context, call, runEnds, end, gone } = world(RUN.executionId);
  const awaited = awaitRun(context, call, RUN, FOREVER_MS);
  await soon();
  runEnds.heard({ ...end, data: { executionId: 'other' } } as unknown as Event);
  await soon();
  gone.abort();
  expect(await awaited).toMatchObject({ isOver: false });
});
