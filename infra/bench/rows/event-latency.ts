import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteTopics, endOffsets, ensureTopic, makeBatchProducer } from '@flowplane/plumbing/kafka';
import type { Pool } from '@flowplane/plumbing/postgres';
import { connectBaseline, startBaselineWorker, type EngineBaseline } from '../baseline/engine-baseline.js';
import type { ForkedProcess } from '../baseline/forked-process.js';
import { openListener } from '../baseline/hand-written-triggers.js';
import type { StartContents } from '../baseline/start-contents.js';
import { WORKER_SETTINGS } from '../baseline/worker-settings.js';
import { startSteps, type MeasuredStart, type StepTimes } from '../load/run-steps.js';
import { distributionOf, type Distribution } from '../measure/statistics.js';
import { EVENT_PARTITIONS, eventRecord, type EventSetting } from './event-setting.js';
import { repeat } from './row.js';

export type EventLatency = {
  readonly ours: Distribution;
  readonly byHand: Distribution;
  readonly steps: StepTimes;
};

const GIVE_UP_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Record sent → run started by the clock of the engine, in ms, one at a time. */
export async function measureEventLatency(setting: EventSetting): Promise<readonly EventLatency[]> {
  const { context, services } = setting;
  const address = services.endpoints.temporalAddress;
  const place = { address, namespace: services.env['TEMPORAL_NAMESPACE'] ?? '', taskQueue: 'by-hand' };
  const baseline = await connectBaseline(place);
  let worker: ForkedProcess | undefined;
  let handWritten: Awaited<ReturnType<typeof openByHand>> | undefined;
  try {
    worker = await startBaselineWorker(place, WORKER_SETTINGS);
    await ourStart(setting, baseline, 0);
    const contents = await baseline.startContents((await lastStarted(setting.pool, setting.api.tenantId)) ?? '');
    handWritten = await openByHand(setting, baseline, contents);
    const { once } = handWritten;
    const count = context.isQuick ? 5 : 200;
    const byHand = (some: number) => sampled(some, once);
    const ours = (some: number) => sampled(some, (index) => ourStart(setting, baseline, index));
    for (const side of [byHand, ours]) await side(context.isQuick ? 2 : 50);
    return await repeat(context, `${count} events on each side`, async () => {
      const raw = await context.progress.step('written by hand', 15, () => byHand(count));
      const runs = await context.progress.step('through Flowplane', 20, () => ours(count));
      return {
        byHand: distributionOf(raw),
        ours: distributionOf(runs.map(({ sentAt, startedAt }) => startedAt - sentAt)),
        steps: await startSteps(setting.log, runs),
      };
    });
  } finally {
    await handWritten?.close();
    await worker?.close();
    await baseline.close();
  }
}

async function sampled<T>(count: number, once: (index: number) => Promise<T>): Promise<readonly T[]> {
  const values: T[] = [];
  for (let index = 0; index < count; index++) values.push(await once(index));
  return values;
}

async function ourStart(
  { producer, pool, api }: EventSetting,
  baseline: EngineBaseline,
  index: number,
): Promise<MeasuredStart> {
  const before = await lastStarted(pool, api.tenantId);
  const sentAt = Date.now();
  await producer.append(eventRecord(index, '{}'));
  const giveUpAt = sentAt + GIVE_UP_MS;
  for (;;) {
    await sleep(LOOK_EVERY_MS);
    const last = await lastStarted(pool, api.tenantId);
    if (last !== undefined && last !== before) {
      return { executionId: last, sentAt, ...(await baseline.timesOf(last)) };
    }
    if (Date.now() > giveUpAt) throw new Error(`a record started no run within ${GIVE_UP_MS / 1000} s`);
  }
}

async function lastStarted(pool: Pool, tenantId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ execution_id: string }>({
    name: 'last-started',
    text: `SELECT execution_id FROM flows.executions WHERE tenant_id = $1 AND started_at IS NOT NULL
            ORDER BY started_at DESC LIMIT 1`,
    values: [tenantId],
  });
  return rows[0]?.execution_id;
}

/** A consumer written by hand, with a topic like ours. */
async function openByHand({ log, topic: ourTopic }: EventSetting, baseline: EngineBaseline, contents: StartContents) {
  const topic = `${ourTopic}.by-hand`;
  const spec = { name: topic, partitions: EVENT_PARTITIONS.length, config: {} };
  await ensureTopic(log.client, spec, { partitions: 1, replicationFactor: 1 });
  const producer = makeBatchProducer(log.client, { topic });
  let onStarted: () => void = () => undefined;
  const ends = await endOffsets(log.client, topic, EVENT_PARTITIONS);
  const listener = openListener(log.client, topic, ends, async (id) => {
    await baseline.startWith(id, 'threeActivities', contents);
    onStarted();
  });
  return {
    once: async (index: number): Promise<number> => {
      const id = `by-hand-${randomUUID()}`;
      const started = new Promise<void>((resolve) => (onStarted = resolve));
      const sentAt = Date.now();
      await producer.append(eventRecord(index, id));
      await started;
      return (await baseline.timesOf(id)).startedAt - sentAt;
    },
    close: async (): Promise<void> => {
      await listener.close();
      await producer.close();
      await deleteTopics(log.client, [topic]);
    },
  };
}
