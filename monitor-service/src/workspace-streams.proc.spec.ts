import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import {
  decodeMessage,
  encodeEpochStarted,
  eventsOf,
  HEADER,
  packLogHeader,
  partitionOf,
  runStatusLine,
} from '@flowplane/contracts';
import { makeBatchProducer, makeDirectReader } from '@flowplane/plumbing/kafka';
import { until } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WORKSPACE } from '../test/event-writer.js';
import { askWorkspace, followWorkspace, type Followed } from '../test/workspace-client.js';
import { startTrial, type Trial } from '../test/trial.js';

let trial: Trial;
beforeAll(async () => {
  // Small bounds, so that slow readers and a forgetful tail are part of every test here.
  trial = await startTrial({
    ...{ FLOWS_SSE_PING: '200ms', FLOWS_SSE_MAX_WAITING: '50', FLOWS_TAIL_MAX_BYTES: '40000' },
    FLOWS_SSE_MAX_BACKLOG: '10000',
  });
});
afterAll(async () => {
  await trial.end();
});

const BASE = { flowId: 'F', version: 1 } as const;
const requested = (executionId: string) =>
  ({
    ...BASE,
    ...{
      executionId,
      input: '{}',
      triggerType: 'manual' as const,
      retriedFrom: null,
      retryFrom: null,
      trigger: null,
      labels: '{}',
    },
  }) as const;
const closed = (executionId: string) =>
  ({
    ...BASE,
    ...{ executionId, status: 'Failed' as const, neverStarted: false, startedAt: 1, closedAt: 2, result: null },
    ...{ failure: { nodeId: 'n', code: 'X', message: 'broken' }, nodes: null },
  }) as const;
const newRun = (tenantId = 'T'): string => `${tenantId}:${WORKSPACE}:F:${randomUUID()}`;

/** The four events of a run's life. @returns position of the last one */
async function live(tenantId = 'T'): Promise<string> {
  const executionId = newRun(tenantId);
  const { event } = trial.writer;
  await event(tenantId, 'ExecutionRequested', requested(executionId));
  await event(tenantId, 'ExecutionStarted', { ...BASE, executionId, startedAt: 1 });
  await event(tenantId, 'ExecutionCancelRequested', { ...BASE, executionId });
  return event(tenantId, 'ExecutionClosed', closed(executionId));
}

/** Lines of all events of a tenant, from the log itself. */
async function truthOf(tenantId: string): Promise<readonly string[]> {
  const reader = makeDirectReader(trial.kafka, { topic: trial.topics.events });
  reader.assign(new Map([[partitionOf(tenantId, trial.partitions), 0]]));
  const lines: string[] = [];
  for (let records = await reader.poll(100); records.length > 0; records = await reader.poll(100)) {
    for (const record of records) {
      const message = decodeMessage(record.value ?? Buffer.alloc(0));
      if (message.kind !== 'event' || message.event.meta.tenantId !== tenantId) continue;
      const line = runStatusLine(message.event, record.offset);
      if (line !== undefined) lines.push(line);
    }
  }
  await reader.close();
  return lines;
}

const readerOf = (tenantId = 'T') => ({ url: trial.monitor.url, tenantId });
const dataOf = ({ events }: Followed): readonly string[] => events.map(({ data }) => data);

/** Ids that stand alone. */
const placesOf = (raw: string): readonly number[] => [...raw.matchAll(/id: (\d+)\n\n/g)].map(([, id]) => Number(id));

describe('the stream of a workspace', () => {
  it('shows the life of each run to its tenant, from now on, and nothing of another one', async () => {
    // From where the lists are: they have this one.
    const listed = { 'x-flows-min-position': await live('T') };
    const seen = await followWorkspace(readerOf('T'), listed, async (soFar) => {
      if (soFar.events.length === 0 && soFar.isOpen) await Promise.all([live('T2'), live('T')]);
      return soFar.events.length >= 4;
    });
    const truth = await truthOf('T');
    expect(dataOf(seen)).toEqual(truth.slice(-4));
    expect(seen.events.map(({ data }) => JSON.parse(data) as object)).toMatchObject([
      { kind: 'requested', status: 'Pending', flowId: 'F', version: '1', triggerType: 'manual' },
      { kind: 'started', status: 'Running' },
      { kind: 'cancelling', status: 'Running' },
      { kind: 'closed', status: 'Failed', failure: { nodeId: 'n', code: 'X' } },
    ]);
    expect(seen.raw).toMatch(
      /^retry: 3000\n\nid: \d+\n\n(: ping\n\n(id: \d+\n\n)?)*event: run-status\nid: \d+\ndata: \{/,
    );
    for (const { id, data } of seen.events) expect(id).toBe((JSON.parse(data) as { id: string }).id);
  });

  it('begins with what the lists do not have yet', async () => {
    await trial.projection.terminate();
    await live('T');
    const seen = await followWorkspace(readerOf(), {}, ({ events }) => events.length >= 4);
    await trial.projection.restart();
    expect(dataOf(seen)).toEqual((await truthOf('T')).slice(-4));
  });

  it('tells a client of a quiet workspace how far the log has come', async () => {
    const partition = partitionOf('T', trial.partitions);
    const other = ['T3', 'T4', 'T5', 'T6', 'T7'].find(
      (id) => partitionOf(id, trial.partitions) === partition,
    ) as string;
    const raw = rawStream();
    await until('the stream', () => Promise.resolve(placesOf(raw.text()).length > 0));
    const [first = 0] = placesOf(raw.text());
    for (let run = 0; run < 10; run++) await live(other);
    await until('its place', () => Promise.resolve((placesOf(raw.text()).at(-1) ?? 0) >= first + 40));
    expect(raw.text()).not.toContain(other);
    raw.close();
  });

  it('goes on behind any id: from the tail, from the log, and after a restart of the process', async () => {
    for (let run = 0; run < 60; run++) await live('T');
    const truth = await truthOf('T');
    const all = await followWorkspace(
      readerOf(),
      { 'last-event-id': '0' },
      ({ events }) => events.length >= truth.length,
    );
    expect(dataOf(all)).toEqual(truth);
    for (const at of [0, 3, truth.length - 150, truth.length - 2]) {
      const id = (JSON.parse(truth[at] ?? '') as { id: string }).id;
      const left = truth.slice(at + 1);
      const rest = await followWorkspace(
        readerOf(),
        {},
        ({ events }) => events.length >= left.length,
        `lastEventId=${id}`,
      );
      expect(dataOf(rest)).toEqual(left);
    }
    const last = (JSON.parse(truth.at(-10) ?? '') as { id: string }).id;
    await trial.monitor.restart();
    const resumed = await followWorkspace(readerOf(), { 'last-event-id': last }, ({ events }) => events.length >= 9);
    expect(dataOf(resumed)).toEqual(truth.slice(-9));
  });

  it('shows no event of an owner that was superseded, wherever it begins', async () => {
    const producer = makeBatchProducer(trial.kafka, { topic: trial.topics.events });
    const partition = partitionOf('T', trial.partitions);
    const from = (await truthOf('T')).length;
    // A claim that comes too late: readers go on with the owner that they know.
    const late = { epoch: 1, owner: 'late' };
    const marker = { ...late, partition, commandsTopicId: 'trial', startedAt: Date.now() };
    const log = packLogHeader({ ...late, commandOffset: -1, index: 0 });
    const headers = {
      [HEADER.specVersion]: '1.0',
      [HEADER.id]: randomUUID(),
      [HEADER.type]: 'EpochStarted',
      [HEADER.log]: log,
    };
    await producer.append({ partition, key: 'epoch', value: encodeEpochStarted(marker), headers });
    await live('T');
    await producer.close();
    const truth = await truthOf('T');
    const id = (JSON.parse(truth[from - 1] ?? '') as { id: string }).id;
    for (const start of [id, String(Number(id) + 1)]) {
      const seen = await followWorkspace(readerOf(), { 'last-event-id': start }, ({ events }) => events.length >= 4);
      expect(dataOf(seen)).toEqual(truth.slice(from));
    }
  });

  it('says so where it would have to begin too far back, and takes what is no number for no id', async () => {
    const partition = partitionOf('T', trial.partitions);
    const producer = makeBatchProducer(trial.kafka, { topic: trial.topics.events });
    const filler = { partition, key: 'x', value: Buffer.from('x'), headers: {} };
    await Promise.all(Array.from({ length: 10_500 }, () => producer.append(filler)));
    await producer.close();
    const listed = await live('T');
    await until('the tail to have read it', async () => {
      const { status, body } = await askWorkspace(readerOf(), { 'last-event-id': '1' });
      return status === 410 && (JSON.parse(body) as { code: string }).code === 'EVENTS_GONE';
    });
    const headers = { 'last-event-id': 'nonsense', 'x-flows-min-position': listed };
    const now = await followWorkspace(readerOf(), headers, ({ isOpen }) => isOpen);
    expect(now.events).toEqual([]);
  });

  it('refuses before it opens, and reads nothing for it', async () => {
    const cases: [Readonly<Record<string, string>>, number, string][] = [
      [{ 'x-tenant-id': '' }, 401, 'UNAUTHENTICATED'],
      [{ 'x-workspace-id': 'W2' }, 403, 'FORBIDDEN'],
      [{ 'x-privilege-domain': 'structural_admin' }, 403, 'PRIVILEGE_DOMAIN_MISMATCH'],
      [{ 'x-flows-min-position': '!' }, 400, 'INVALID_POSITION'],
    ];
    for (const [headers, status, code] of cases) {
      const { status: got, body } = await askWorkspace(readerOf(), headers);
      expect([got, (JSON.parse(body) as { code: string }).code]).toEqual([status, code]);
    }
    const head = await fetch(`${trial.monitor.url}/v1/flows/workspaces/${WORKSPACE}/executions/events`, {
      method: 'HEAD',
      headers: { 'x-tenant-id': 'T', 'x-auth-subject': 'alice' },
    });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  });

  it('keeps a client that does not read from holding up others, and serves it when it does', async () => {
    const paused = await pausedReader();
    const open = await followWorkspace(readerOf(), {}, async (soFar) => {
      if (soFar.events.length === 0 && soFar.isOpen) for (let run = 0; run < 1500; run++) void live('T');
      return soFar.events.length >= 6000;
    });
    const slow = await paused.read(6000);
    expect(dataOf(open)).toHaveLength(6000);
    expect(slow).toEqual(dataOf(open));
  });
});

describe('a process that ends', () => {
  it('ends its streams behind a whole frame, and with code 0', async () => {
    const ended = followWorkspace(readerOf(), {}, () => false);
    const raw = rawStream();
    await until('both streams', () => Promise.resolve(raw.text().includes('retry: 3000')));
    expect(await trial.monitor.terminate()).toBe(0);
    expect((await ended).isEnded).toBe(true);
    // The last chunk of the response came: nothing was torn off.
    expect(await raw.closed).toMatch(/\r\n0\r\n\r\n$/);
    await trial.monitor.restart();
  });
});

/** A client that opens the stream and reads nothing until asked to. */
function pausedReader(): Promise<{ readonly read: (events: number) => Promise<readonly string[]> }> {
  const url = `${trial.monitor.url}/v1/flows/workspaces/${WORKSPACE}/executions/events`;
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { 'x-tenant-id': 'T', 'x-auth-subject': 'slow' } }, (response) => {
      response.pause();
      resolve({
        read: async (events) => {
          const seen: string[] = [];
          for await (const { data } of eventsOf(response as AsyncIterable<Uint8Array>))
            if (seen.push(data) === events) break;
          return seen;
        },
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** The bytes of a stream as they stand on the wire. */
function rawStream() {
  const { hostname, port } = new URL(trial.monitor.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('utf8')));
  const lines = [
    `GET /v1/flows/workspaces/${WORKSPACE}/executions/events HTTP/1.1`,
    ...['host: x', 'x-tenant-id: T', 'x-auth-subject: raw', '', ''],
  ];
  socket.write(lines.join('\r\n'));
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(text));
  });
  return { text: () => text, closed, close: () => socket.destroy() };
}
