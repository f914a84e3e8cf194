import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeMetrics } from '../telemetry/index.js';
import type { AnswerTimes } from './answer-times.js';
import { refusal } from './refusal.js';
import type { Part } from './send-parts.js';
import { buildServer } from './server.js';

type Server = ReturnType<typeof buildServer>;
let app: Server | undefined;
afterEach(async () => {
  await app?.close();
});

const PATIENT: AnswerTimes = { partMs: 60_000, wholeMs: 60_000 };
const MEGABYTE = 'x'.repeat(1_000_000);

/** A server that answers `GET /` with what `parts` makes. */
async function serve(parts: () => AsyncIterator<Part>, answerTimes: AnswerTimes = PATIENT): Promise<Server> {
  const logger = pino({ level: 'silent' });
  const made = buildServer({
    ...{ logger, metrics: makeMetrics(), maxBodyBytes: 600, answerTimes },
    missing: () => Promise.resolve([]),
  });
  made.get('/', async (call, reply) => {
    await made.sendParts(call, reply, { status: 200, headers: { etag: '"1"' }, parts: parts() });
    return reply;
  });
  made.get('/whole', (_call, reply) => reply.send(MEGABYTE.repeat(20)));
  await made.listen({ port: 0, host: '127.0.0.1' });
  app = made;
  return made;
}

/** Asks and reads nothing of the answer's body. @returns undefined: the connection was cut before there was an answer */
function ask(server: Server, path = '/'): Promise<IncomingMessage | undefined> {
  const { port } = server.server.address() as AddressInfo;
  return new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', path }, (answer) => {
      answer.on('error', () => undefined);
      resolve(answer);
    });
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

describe('an answer in parts', () => {
  it('is one body, with the headers of all answers', async () => {
    const server = await serve(async function* () {
      yield { text: '{"a":' };
      await Promise.resolve();
      yield { text: Buffer.from('"é"') };
      yield { text: '}' };
    });
    const answer = await server.inject('/');
    expect([answer.statusCode, answer.json()]).toEqual([200, { a: 'é' }]);
    expect(answer.headers).toMatchObject({ etag: '"1"', 'content-type': 'application/json; charset=utf-8' });
    expect(answer.headers['x-correlation-id']).toBeDefined();
  });

  it('says how long it is where it is one part, and has no body for HEAD', async () => {
    const server = await serve(async function* () {
      yield { text: '"é"', isLast: true };
    });
    const answer = await server.inject('/');
    expect([answer.json(), answer.headers['content-length']]).toEqual(['é', '4']);
    const head = await server.inject({ method: 'HEAD', url: '/' });
    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([200, '', '4']);
  });

  it('can be refused until its first part is there', async () => {
    // oxlint-disable-next-line require-yield
    const server = await serve(async function* () {
      await Promise.reject(refusal('OVERLOADED', { retryAfterSeconds: 2 }));
    });
    const answer = await server.inject('/');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2']);
  });

  it('is cut off, not ended, when a later part fails', async () => {
    const server = await serve(async function* () {
      yield { text: '{"a":' };
      throw new Error('broken');
    });
    const answer = await ask(server);
    answer?.resume();
    await vi.waitFor(() => expect(answer?.destroyed).toBe(true), { timeout: 20_000 });
    expect(answer?.complete).toBe(false);
  });

  it('is made no faster than it is read, and ends when its reader leaves', async () => {
    const seen = { made: 0, isOver: false };
    const server = await serve(async function* () {
      try {
        for (; seen.made < 500; seen.made++) yield { text: MEGABYTE };
      } finally {
        seen.isOver = true;
      }
    });
    const answer = await ask(server);
    // What fits between the two is taken; then nothing more is made.
    let before = -1;
    await vi.waitFor(
      () => {
        const { made } = seen;
        const stands = made === before;
        before = made;
        expect(stands).toBe(true);
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(seen.made).toBeLessThan(100);
    expect(seen.isOver).toBe(false);
    answer?.destroy();
    await vi.waitFor(() => expect(seen.isOver).toBe(true), { timeout: 20_000 });
    expect(seen.made).toBeLessThan(100);
  });

  it.each([
    ['a part', { partMs: 50, wholeMs: 600_000 }],
    ['the whole', { partMs: 600_000, wholeMs: 50 }],
  ])('is given up when %s is not taken in time', async (_what, times) => {
    const seen = { isOver: false };
    const server = await serve(async function* () {
      try {
        for (let made = 0; made < 500; made++) yield { text: MEGABYTE };
      } finally {
        seen.isOver = true;
      }
    }, times);
    await ask(server);
    await vi.waitFor(() => expect(seen.isOver).toBe(true), { timeout: 20_000 });
  });
});

it('an answer that is sent as a whole is given up as well when it is not read', async () => {
  const server = await serve(async function* () {}, { partMs: 600_000, wholeMs: 50 });
  const answer = await ask(server, '/whole');
  await vi.waitFor(
    async () => expect(await new Promise((resolve) => server.server.getConnections((_e, n) => resolve(n)))).toBe(0),
    { timeout: 20_000 },
  );
  expect(answer?.complete ?? false).toBe(false);
});
