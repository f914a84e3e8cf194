import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame, partitionOf } from '@flowplane/contracts';
import { waitUntil, type IsolatedServices } from '@flowplane/stack';
import { callExpecting, makeApiClient, workspacePath } from '../load/api-client.js';
import { completionToFrame } from '../load/frame-latency.js';
import { openLog, type LogAccess } from '../load/log-access.js';
import { publishMeasuredFlow } from '../load/published-flow.js';
import { startStreamClients, type StreamClients } from '../load/stream-orders.js';
import { distributionOf, type Distribution } from '../measure/statistics.js';
import type { Figure } from '../report/figure.js';
import { repeat, type Row, type RowContext, type RowOutcome } from './row.js';

const TENANT = 'bench-n';
const WORKSPACE = `w-${TENANT}`;
const FRAMES_A_SECOND = 20;
const SETTLED_WITHIN_MS = 120_000;

type Load = { readonly runs: number; readonly streams: number; readonly stalled: number; readonly seconds: number };
type Repetition = {
  /** From the log to the client, beside all others. */
  readonly latency: Distribution;
  /** From the end of an attempt to the client, with nothing else going on. */
  readonly completion: Distribution;
  readonly lost: number;
  readonly repeated: number;
  readonly bytesPerStream: number;
  readonly engineConnections: number;
  readonly lostAfterRestart: number;
};

/** Many streams on one process: nothing is lost or repeated, slow clients hold nobody up, a restart leaves no gap. */
export const rowN: Row = {
  id: 'n',
  title: '5,000 event streams of one process over 200 live runs at 20 frames/s, 100 of whose clients read nothing',
  expectedSeconds: 420,
  measure: async (context) => {
    const load: Load = context.isQuick
      ? { runs: 5, streams: 20, stalled: 2, seconds: 3 }
      : { runs: 200, streams: 5000, stalled: 100, seconds: 60 };
    return outcome(
      await repeat(context, `${load.streams} streams`, () => measured(context, load)),
      context.isQuick ? undefined : await largest(context),
      load,
    );
  },
};

/** Where twice as many stand: one measurement, without an aim. */
async function largest(context: RowContext): Promise<Repetition | string> {
  try {
    return await measured(context, { runs: 200, streams: 10_000, stalled: 0, seconds: 30 });
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

async function measured(context: RowContext, load: Load): Promise<Repetition> {
  const services = await context.system.startServices();
  const api = makeApiClient(services.urls['command-service'], { tenantId: TENANT });
  const log = await openLog(services.env);
  const clients = startStreamClients();
  try {
    const completion = await completionToFrame(services, load.seconds < 10 ? 2 : 30);
    const nodes = [{ id: 'rest', type: 'wait', duration: 'PT1H' }];
    const startPath = await publishMeasuredFlow(api, { apiVersion: 'v1.0', name: 'resting', nodes });
    const runs: string[] = [];
    for (let run = 0; run < load.runs; run++) {
      const { body } = await callExpecting(api, 201, 'POST', startPath, { input: {} });
      runs.push(String(body['executionId']));
    }
    const urlOf = (index: number): string => streamUrl(services, runs[index % runs.length] as string);
    const before = residentBytes(services.pid('monitor-service'));
    await clients.open({
      headers: { 'x-tenant-id': TENANT, 'x-auth-subject': 'bench' },
      urls: Array.from({ length: load.streams }, (_, index) => urlOf(index)),
      stalledUrls: Array.from({ length: load.stalled }, (_, index) => urlOf(index)),
    });
    const pid = services.pid('monitor-service');
    const bytesPerStream = (residentBytes(pid) - before) / (load.streams + load.stalled);
    const engineConnections = connectionsTo(pid, services.endpoints.temporalAddress);
    const sent = await context.progress.step('frames', load.seconds, () => offer(log, runs, load.seconds));
    const { latencies, lost, repeated } = await settled(clients, services, sent);
    // Frames go on coming while the process is killed and starts again.
    const offering = offer(log, runs, Math.max(3, load.seconds / 2), sent);
    await services.restarted('monitor-service', services.kill('monitor-service'));
    const after = await settled(clients, services, await offering);
    return {
      ...{ latency: distributionOf(latencies), completion, lost, repeated: repeated + after.repeated, bytesPerStream },
      ...{ engineConnections, lostAfterRestart: after.lost },
    };
  } finally {
    await clients.close();
    await log.close();
    api.close();
    await services.close();
  }
}

const streamUrl = (services: IsolatedServices, executionId: string): string =>
  `${services.urls['monitor-service']}${workspacePath(TENANT)}/executions/${encodeURIComponent(executionId)}/events`;

/** Writes log lines of the runs in turn, at the offered rate. @returns how many each run has got, with those before */
async function offer(
  log: LogAccess,
  runs: readonly string[],
  seconds: number,
  before: ReadonlyMap<string, number> = new Map(),
): Promise<ReadonlyMap<string, number>> {
  const producer = log.producer('runs');
  const sent = new Map(before);
  const began = performance.now();
  for (let frame = 0; frame < seconds * FRAMES_A_SECOND; frame++) {
    const due = began + (frame * 1000) / FRAMES_A_SECOND;
    await sleep(Math.max(0, due - performance.now()));
    const executionId = runs[frame % runs.length] as string;
    const ref = { executionId, tenantId: TENANT, workspaceId: WORKSPACE, flowId: 'measured' };
    const timestamp = Date.now();
    const data = { ...ref, nodeId: 'rest', level: 'info', message: `at ${timestamp}`, timestamp } as const;
    sent.set(executionId, (sent.get(executionId) ?? 0) + 1);
    await producer.append({
      ...{ partition: partitionOf(executionId, log.partitions), key: executionId },
      value: encodeFrame({ type: 'LogFrame', data }),
      headers: { ce_id: randomUUID(), ce_type: 'LogFrame' },
    });
  }
  await producer.close();
  return sent;
}

/** Waits until all streams have all frames, or have waited long. */
async function settled(clients: StreamClients, services: IsolatedServices, sent: ReadonlyMap<string, number>) {
  const latencies: number[] = [];
  let lost = 0;
  let repeated = 0;
  const wanted = new Map([...sent].map(([executionId, count]) => [streamUrl(services, executionId), count]));
  const look = async (): Promise<boolean> => {
    const report = await clients.report();
    latencies.push(...report.latencies);
    repeated = report.repeats;
    const missing = report.frames.map(({ url, frames }) => Math.max(0, (wanted.get(url) ?? 0) - frames));
    lost = missing.reduce((sum, count) => sum + count, 0);
    return lost === 0;
  };
  await waitUntil('all frames', look, { timeoutMs: SETTLED_WITHIN_MS, everyMs: 500 }).catch(() => undefined);
  return { latencies, lost, repeated };
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** Sockets that a process holds to a port of this machine. */
function connectionsTo(pid: number, address: string): number {
  const port = Number(address.split(':').at(-1)).toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set(
    readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[2]?.endsWith(`:${port}`))
      .map((columns) => columns[9]),
  );
  const targetOf = (fd: string): string => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  };
  const held = readdirSync(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/.exec(targetOf(fd))?.[1]);
  return held.filter((inode) => inode !== undefined && inodes.has(inode)).length;
}

function outcome(
  repetitions: readonly Repetition[],
  largestOne: Repetition | string | undefined,
  load: Load,
): RowOutcome {
  const figure = (name: string, unit: string, of: (one: Repetition) => number, atMost: number | null): Figure => ({
    ...{ row: 'n', name, unit },
    aim: atMost === null ? null : { of: 'ours', is: 'at most', value: atMost },
    samples: repetitions.map((one) => ({ ours: of(one), baseline: null })),
  });
  return {
    figures: [
      figure('frame in the log → at the client, p50', 'ms', ({ latency }) => latency.p50, null),
      figure('frame in the log → at the client, p99', 'ms', ({ latency }) => latency.p99, 250),
      figure('attempt completed → frame at the client, p50', 'ms', ({ completion }) => completion.p50, null),
      figure('attempt completed → frame at the client, p99', 'ms', ({ completion }) => completion.p99, null),
      figure('frames lost', '', ({ lost }) => lost, 0),
      figure('frames repeated', '', ({ repeated }) => repeated, 0),
      figure('frames lost over a restart', '', ({ lostAfterRestart }) => lostAfterRestart, 0),
      figure('memory of a stream', 'bytes', ({ bytesPerStream }) => bytesPerStream, null),
      figure('connections of the process to the engine', '', ({ engineConnections }) => engineConnections, 0),
    ],
    bounds: [
      'Clients, services, Kafka and Postgres share the cores of one machine.',
      '`details.tenThousand` says where 10,000 streams stand; without it they were not opened.',
    ],
    details: { load, repetitions, tenThousand: largestOne ?? null },
  };
}
