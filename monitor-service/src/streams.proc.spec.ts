import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import {
  makeFrameOrder,
  NO_LATER_MEMBERS,
  decodeMessage,
  partitionOf,
  streamLine,
  type Frame,
  type NodeStatus,
} from '@flowplane/contracts';
import { makeDirectReader } from '@flowplane/plumbing/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WORKSPACE } from '../test/event-writer.js';
import { askFor, readStream, type Reader, type WireEvent } from '../test/sse-client.js';
import { startTrial, type Trial } from '../test/trial.js';

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000);

const PAGE = 'https://console.example';
let trial: Trial;
beforeAll(async () => {
  // Small bounds, so that slow readers and a forgetful tail are part of every test here.
  trial = await startTrial({
    FLOWS_CORS_ORIGINS: PAGE,
    FLOWS_SSE_PING: '200ms',
    FLOWS_SSE_MAX_WAITING: '20',
    FLOWS_TAIL_MAX_BYTES: '60000',
  });
});
afterAll(async () => {
  await trial.end();
});

/** Numbers of a generator with a seed (mulberry32). */
function numbers(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const newRun = (tenantId = 'T'): string => `${tenantId}:${WORKSPACE}:F:${randomUUID()}`;
const readerOf = (executionId: string, tenantId = 'T'): Reader => ({ url: trial.monitor.url, tenantId, executionId });
const runOf = (executionId: string) => ({ executionId, tenantId: 'T', workspaceId: WORKSPACE, flowId: 'F' });

async function open(executionId: string): Promise<void> {
  const data = {
    flowId: 'F',
    executionId,
    version: 1,
    input: '{}',
    triggerType: 'manual',
    retriedFrom: null,
    retryFrom: null,
    trigger: null,
    labels: '{}',
  } as const;
  const position = await trial.writer.event('T', 'ExecutionRequested', data);
  const { status } = await askFor(readerOf(executionId), { 'x-flows-min-position': position });
  expect(status).toBe(200);
}
async function close(executionId: string, closedAt = Date.now(), frame = true): Promise<string> {
  const position = await trial.writer.event('T', 'ExecutionClosed', {
    ...{ flowId: 'F', executionId, version: 1, status: 'Completed', neverStarted: false },
    ...{ startedAt: closedAt, closedAt, result: null, failure: null, nodes: null },
  });
  const data = { ...runOf(executionId), status: 'Completed', closedAt } as const;
  if (frame) await trial.writer.frame({ type: 'RunClosed', data });
  return position;
}

function nodeFrame(executionId: string, nodeId: string, status: NodeStatus, attemptNumber = 1): Frame {
  const values = { input: null, output: null, error: null, reused: false };
  const times = { startedAt: null, completedAt: null, emittedAt: Date.now() };
  return {
    type: 'NodeFrame',
    data: {
      ...runOf(executionId),
      ...NO_LATER_MEMBERS,
      ...values,
      ...times,
      nodeId,
      iteration: 1,
      status,
      attemptNumber,
    },
  };
}
const logFrame = (executionId: string, nodeId: string): Frame => ({
  type: 'LogFrame',
  data: { ...runOf(executionId), nodeId, level: 'info', message: 'x'.repeat(200), timestamp: Date.now() },
});

/** Frames of a run in an order that processes could have appended them in, late and repeated ones included. */
function* lifeOf(executionId: string, nodes: number, random: () => number): Generator<Frame> {
  const statuses: NodeStatus[] = ['scheduled', 'started', 'completed'];
  for (let node = 0; node < nodes; node++) {
    const order = random() < 0.3 ? statuses.toSorted(() => random() - 0.5) : statuses;
    for (const status of order) yield nodeFrame(executionId, `n${node}`, status);
    if (random() < 0.5) yield logFrame(executionId, `n${node}`);
    if (random() < 0.2) yield nodeFrame(executionId, `n${node}`, 'completed');
  }
}

/** What a stream of the run must show, from the log itself. */
async function expected(executionId: string): Promise<readonly string[]> {
  const partition = partitionOf(executionId, trial.partitions);
  const reader = makeDirectReader(trial.kafka, { topic: trial.topics.runs });
  reader.assign(new Map([[partition, 0]]));
  const order = makeFrameOrder();
  const shown: string[] = [];
  for (let records = await reader.poll(100); records.length > 0; records = await reader.poll(100)) {
    for (const record of records) {
      const message = decodeMessage(record.value ?? Buffer.alloc(0));
      if (message.kind !== 'frame' || message.frame.data.executionId !== executionId) continue;
      if (message.frame.type === 'NodeFrame' && !order.accept(message.frame.data)) continue;
      shown.push(streamLine(message.frame, record.offset)?.data ?? '');
    }
  }
  await reader.close();
  return shown;
}

/** Reads a run to its end, leaving and coming back at random. */
async function readRestlessly(reader: Reader, random: () => number): Promise<readonly WireEvent[]> {
  const all: WireEvent[] = [];
  for (;;) {
    const lastEventId = all.findLast((event) => event.id !== undefined)?.id;
    const { events, ended } = await readStream(reader, lastEventId, 1 + Math.floor(random() * 40));
    all.push(...events);
    if (ended) return all;
    await new Promise((resolve) => setTimeout(resolve, random() * 20));
  }
}

const dataOf = (events: readonly WireEvent[]): readonly string[] => events.map(({ data }) => data);

describe('event streams of the real processes', () => {
  it(`join store and tail without gap or repeat, whatever is killed meanwhile (seed ${seed})`, async () => {
    const random = numbers(seed);
    const ids = Array.from({ length: 4 }, () => newRun());
    for (const executionId of ids) await open(executionId);
    const steady = ids.map((executionId) => readRestlessly(readerOf(executionId), () => 0.999_999));
    const restless = ids.flatMap((executionId) =>
      [1, 2].map(() => readRestlessly(readerOf(executionId), numbers(random() * 1e9))),
    );
    const write = async (executionId: string): Promise<void> => {
      for (const frame of lifeOf(executionId, 120, numbers(random() * 1e9))) {
        await trial.writer.frame(frame);
        if (random() < 0.05) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await close(executionId);
    };
    const written = Promise.all(ids.map(write));
    await trial.projection.restart();
    await trial.monitor.restart();
    await written;
    const all = await Promise.all([...steady, ...restless]);
    for (const [index, executionId] of ids.entries()) {
      const truth = await expected(executionId);
      expect(truth.length).toBeGreaterThan(300);
      const readers = [all[index], all[ids.length + 2 * index], all[ids.length + 2 * index + 1]];
      for (const events of readers) expect(dataOf(events ?? [])).toEqual(truth);
      const again = await readStream(readerOf(executionId), undefined);
      expect(dataOf(again.events)).toEqual(truth);
    }
  });

  it('keeps a client that does not read from holding up others, and serves it when it does', async () => {
    const executionId = newRun();
    await open(executionId);
    const slow = await pausedReader(readerOf(executionId));
    const quick = readStream(readerOf(executionId), undefined);
    for (let node = 0; node < 6000; node++) void trial.writer.frame(logFrame(executionId, `n${node}`));
    await close(executionId);
    const truth = await expected(executionId);
    expect(truth).toHaveLength(6001);
    expect(dataOf((await quick).events)).toEqual(truth);
    const text = await slow.readAll();
    expect([...text.matchAll(/^data: (.*)$/gm)].map((match) => match[1])).toEqual(truth);
  });

  it('can be read by a page of an origin that is let in, and asked after by HEAD', async () => {
    const executionId = newRun();
    await open(executionId);
    const { url, tenantId } = readerOf(executionId);
    const address = `${url}/v1/flows/workspaces/${WORKSPACE}/executions/${encodeURIComponent(executionId)}/events`;
    const headers = { 'x-tenant-id': tenantId, origin: PAGE };
    const read = await askFor(readerOf(executionId), { origin: PAGE });
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, PAGE]);
    const head = await fetch(address, { method: 'HEAD', headers });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'text/event-stream', '']);
    expect(head.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect((await fetch(`${address}x`, { method: 'HEAD', headers })).status).toBe(404);
  });

  it('opens with its headers and retry, pings while nothing comes, and ends the frames by id', async () => {
    const executionId = newRun();
    await open(executionId);
    const head = await askFor(readerOf(executionId), { 'x-correlation-id': 'corr-12345678' });
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      connection: 'keep-alive',
      'x-accel-buffering': 'no',
      'x-correlation-id': 'corr-12345678',
    });
    const reading = readStream(readerOf(executionId), undefined);
    await trial.writer.frame(nodeFrame(executionId, 'a', 'started'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await close(executionId);
    const { raw, events } = await reading;
    expect(raw).toMatch(/^retry: 3000\n\n/);
    expect(raw).toContain(': ping\n\n');
    expect(raw).toMatch(/event: node-status\nid: \d+\ndata: \{"type":"node-status","id":"\d+"/);
    const end = /event: stream-end\ndata: \{"type":"stream-end","status":"Completed"\}\n\nid: (\d+)\n\n$/.exec(raw);
    const endId = Number(end?.[1]);
    expect(endId).toBeGreaterThan(Number(events[0]?.id));
    const rest = await readStream(readerOf(executionId), events[0]?.id);
    expect(rest.events).toEqual(events.slice(1));
    // What EventSource does by itself after the end.
    const again = (id: number) => askFor(readerOf(executionId), { 'last-event-id': String(id) });
    expect([await again(endId), await again(endId + 1)].map(({ status, body }) => [status, body])).toEqual([
      [204, ''],
      [204, ''],
    ]);
    expect((await readStream(readerOf(executionId), String(endId - 1))).events).toEqual(events.slice(-1));
  });

  it('ends a closed run whose frames are past retention', async () => {
    const executionId = newRun();
    await open(executionId);
    const position = await close(executionId, Date.now() - 60_000, false);
    expect((await askFor(readerOf(executionId), { 'x-flows-min-position': position })).status).toBe(200);
    const { events, ended } = await readStream(readerOf(executionId), undefined);
    expect([ended, dataOf(events)]).toEqual([true, ['{"type":"stream-end","status":"Completed"}']]);
    expect((await askFor(readerOf(executionId), { 'last-event-id': '1' })).status).toBe(204);
  });

  it('refuses before it opens', async () => {
    const executionId = newRun();
    await open(executionId);
    const cases: [Promise<{ readonly status: number; readonly body: string }>, number, string][] = [
      [askFor(readerOf(executionId, 'T2')), 403, 'FORBIDDEN'],
      [askFor(readerOf('nonsense')), 403, 'FORBIDDEN'],
      [askFor(readerOf(newRun())), 404, 'EXECUTION_NOT_FOUND'],
      [askFor(readerOf(executionId, '')), 401, 'UNAUTHENTICATED'],
      [askFor(readerOf(executionId), { 'x-workspace-id': 'W2' }), 403, 'FORBIDDEN'],
      [askFor(readerOf(executionId), { 'x-flows-min-position': '!' }), 400, 'INVALID_POSITION'],
      [
        askFor(readerOf(executionId), {
          'x-flows-min-position': Buffer.from('o0:999999').toString('base64url'),
          prefer: 'wait=0',
        }),
        504,
        'POSITION_NOT_REACHED',
      ],
    ];
    for (const [answer, status, code] of cases) {
      const { status: got, body } = await answer;
      expect([got, (JSON.parse(body) as { code: string }).code]).toEqual([status, code]);
    }
  });
});

describe('the monitor process', () => {
  it('ends with code 0 when asked to, streams or not, and they can be resumed', async () => {
    const executionId = newRun();
    await open(executionId);
    await trial.writer.frame(nodeFrame(executionId, 'a', 'started'));
    let hasFrame = (): void => undefined;
    const frameSeen = new Promise<void>((resolve) => (hasFrame = resolve));
    const cut = readStream(readerOf(executionId), undefined, Number.POSITIVE_INFINITY, hasFrame);
    await frameSeen;
    expect(await trial.monitor.terminate()).toBe(0);
    const { events, ended } = await cut;
    expect([events.length, ended]).toEqual([1, false]);
    await trial.monitor.restart();
    await close(executionId);
    const rest = await readStream(readerOf(executionId), events[0]?.id);
    expect(rest.events.map(({ event }) => event)).toEqual(['stream-end']);
  });
});

/** A client that opens the stream and reads nothing until asked to. */
async function pausedReader(reader: Reader): Promise<{ readonly readAll: () => Promise<string> }> {
  const url = `${reader.url}/v1/flows/workspaces/W/executions/${encodeURIComponent(reader.executionId)}/events`;
  const headers = { 'x-tenant-id': reader.tenantId, 'x-auth-subject': 'slow' };
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      response.pause();
      resolve({
        readAll: async () => {
          let text = '';
          for await (const chunk of response) text += String(chunk);
          return text;
        },
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
