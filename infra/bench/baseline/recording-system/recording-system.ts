import { randomUUID } from 'node:crypto';
import { connectKafka, deleteTopics, ensureTopics } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { listen, makePool } from '@flowplane/plumbing/postgres';
import type { InfraEndpoints } from '@flowplane/stack';
import { callExpecting, makeApiClient } from '../../load/api-client.js';
import type { Completed } from '../../load/completed.js';
import { inParallel } from '../../load/in-parallel.js';
import type { EnginePlace, WorkerSettings } from '../engine-baseline.js';
import { forkProcess, type ForkedProcess } from '../forked-process.js';
import { makeScratchDatabase } from '../scratch-database.js';
import type { StartContents } from '../start-contents.js';
import { ENDS_CHANNEL, RECORD_TABLES, type RecordPlace } from './records.js';

/**
 * What a team would build instead of Flowplane: a workflow for the one flow, and around it what people want to see of
 * its runs: a row for each run and node, an audit record of its start and end, notifications for viewers.
 */
export type RecordingSystem = {
  readonly starter: ForkedProcess;
  readonly worker: ForkedProcess;
  /** Asks for runs over HTTP, `concurrency` at a time, until the end of each has been notified. */
  readonly complete: (count: number, concurrency: number) => Promise<Completed>;
  readonly close: () => Promise<void>;
};

const ENTRIES = {
  starter: new URL('./starter-main.js', import.meta.url),
  worker: new URL('./worker-main.js', import.meta.url),
};

export async function startRecordingSystem(
  endpoints: InfraEndpoints,
  place: EnginePlace,
  settings: WorkerSettings,
  contents: StartContents,
): Promise<RecordingSystem> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const recordPlace = await makePlace(endpoints, opened);
    const fork = async (kind: keyof typeof ENTRIES, more: unknown): Promise<ForkedProcess> => {
      const args = [place, recordPlace, more].map((value) => JSON.stringify(value));
      const forked = await forkProcess(ENTRIES[kind], args);
      opened.push(forked.close);
      return forked;
    };
    const worker = await fork('worker', settings);
    const starter = await fork('starter', contents);
    const ends = await openEnds(recordPlace.dbUrl);
    opened.push(ends.close);
    const api = makeApiClient(`http://127.0.0.1:${String(starter.ready)}`, { tenantId: 'by-hand' });
    opened.push(() => Promise.resolve(api.close()));
    return {
      starter,
      worker,
      complete: async (count, concurrency) => {
        const startedAt = performance.now();
        const endedAt: number[] = [];
        const ids = await inParallel(count, concurrency, async () => {
          const { body } = await callExpecting(api, 202, 'POST', '/runs', { input: {} });
          const runId = String(body['executionId']);
          await ends.of(runId);
          endedAt.push(performance.now());
          return runId;
        });
        await assertRecorded(recordPlace.dbUrl, ids);
        return { ids, startedAt, endedAt, looks: 0 };
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function makePlace(endpoints: InfraEndpoints, opened: (() => Promise<unknown>)[]): Promise<RecordPlace> {
  const id = randomUUID().slice(0, 8);
  const database = await makeScratchDatabase(endpoints.dbUrl, `by_hand_${id}`);
  opened.push(database.drop);
  const pool = makePool(database.url, { max: 1, applicationName: 'bench' });
  await pool.query(RECORD_TABLES);
  await pool.end();
  const logger = makeLogger({ service: 'bench', level: 'error' });
  const kafka = await connectKafka({ brokers: endpoints.kafkaBrokers.split(','), clientId: 'bench' }, logger);
  opened.push(() => kafka.close());
  const auditTopic = `by-hand-${id}.audit`;
  await ensureTopics(kafka, [{ name: auditTopic, partitions: 1, config: {} }], { partitions: 1, replicationFactor: 1 });
  opened.push(() => deleteTopics(kafka, [auditTopic]));
  return { dbUrl: database.url, kafkaBrokers: endpoints.kafkaBrokers, auditTopic };
}

/** Hears of ends; one may be heard before it is asked for. */
async function openEnds(dbUrl: string) {
  const ended = new Set<string>();
  const waiting = new Map<string, () => void>();
  let connected = (): void => undefined;
  const ready = new Promise<void>((resolve) => (connected = resolve));
  const hear = (runId: string): void => {
    const wake = waiting.get(runId);
    waiting.delete(runId);
    if (wake === undefined) ended.add(runId);
    else wake();
  };
  const listener = listen(dbUrl, ENDS_CHANNEL, hear, () => Promise.resolve(connected()));
  await ready;
  return {
    of: (runId: string) =>
      new Promise<void>((resolve) => {
        if (ended.delete(runId)) resolve();
        else waiting.set(runId, resolve);
      }),
    close: () => listener.close(),
  };
}

/** That each run has a row that says `completed` and three completed nodes. */
async function assertRecorded(dbUrl: string, runIds: readonly string[]): Promise<void> {
  const pool = makePool(dbUrl, { max: 1, applicationName: 'bench' });
  try {
    const { rows } = await pool.query<{ run_id: string }>(
      `SELECT run_id FROM runs JOIN nodes USING (run_id)
        WHERE run_id = ANY ($1) AND runs.status = 'completed' AND nodes.status = 'completed'
        GROUP BY run_id HAVING count(*) = 3`,
      [runIds],
    );
    if (rows.length !== runIds.length)
      throw new Error(`${rows.length} of ${runIds.length} runs are recorded as completed`);
  } finally {
    await pool.end();
  }
}
