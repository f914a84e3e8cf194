import { problemBody, type Problem } from '@flowplane/contracts';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { makeQuotaEvaluator, type QuotaQuestion } from './index.js';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function listening(handle: Handle): Promise<string> {
  const started = createServer(handle);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/quotas`;
}

const ask = (url: string, question: Partial<QuotaQuestion> = {}, timeoutMs = 2000) => {
  const metrics = makeMetrics();
  const evaluate = makeQuotaEvaluator({
    url,
    timeoutMs,
    logger: makeLogger({ service: 'spec', level: 'silent' }),
    metrics,
  });
  return evaluate({ dimension: 'max_flows', tenantId: 'T', workspaceId: 'W', currentUsage: 3, ...question });
};

const answering =
  (status: number, body: string): Handle =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };

describe('the external quota evaluator', () => {
  it('gets dimension, tenant, workspace and usage; no usage of the rates', async () => {
    const asked: unknown[] = [];
    const url = await listening((request, response) => {
      void text(request).then((body) => {
        asked.push([request.method, request.url, request.headers['content-type'], JSON.parse(body)]);
        answering(200, '{"allowed":true}')(request, response);
      });
    });
    expect(await ask(url)).toBeNull();
    expect(await ask(url, { dimension: 'flow_starts_per_minute' })).toBeNull();
    expect(asked).toEqual([
      [
        'POST',
        '/quotas',
        'application/json',
        { dimensionKey: 'max_flows', tenantId: 'T', workspaceId: 'W', currentUsage: 3 },
      ],
      [
        'POST',
        '/quotas',
        'application/json',
        { dimensionKey: 'flow_starts_per_minute', tenantId: 'T', workspaceId: 'W' },
      ],
    ]);
  });

  it.each([
    ['{"allowed":true}'],
    ['{"decision":"allowed","effectiveLimit":10,"currentUsage":3}'],
    ['{"decision":"soft_limit_exceeded"}'],
    ['{"allowed":true,"decision":"within_limit"}'],
    ['{"allowed":true,"decision":null}'],
  ])('%s lets through', async (answer) => {
    expect(await ask(await listening(answering(200, answer)))).toBeNull();
  });

  it.each([
    ['hard_blocked', 200, '{"decision":"hard_blocked"}'],
    ['hard_limit_exceeded', 200, '{"decision":"hard_limit_exceeded","effectiveLimit":10}'],
    ['soft_grace_exhausted', 200, '{"decision":"soft_grace_exhausted"}'],
    ['metering_unavailable', 200, '{"decision":"metering_unavailable"}'],
    ['allowed:false', 200, '{"allowed":false}'],
    ['a denying word beside allowed:true', 200, '{"allowed":true,"decision":"hard_blocked"}'],
    ['allowed:false beside another word', 200, '{"allowed":false,"decision":"fine"}'],
    ['500', 500, '{"allowed":true}'],
    ['404', 404, '{"allowed":true}'],
    ['a redirect', 302, '{"allowed":true}'],
    ['broken JSON', 200, '{"allowed":tr'],
    ['no body', 200, ''],
    ['no object', 200, 'true'],
    ['neither member', 200, '{"effectiveLimit":5}'],
    ['allowed that is a text', 200, '{"allowed":"true"}'],
    ['a decision that is a number', 200, '{"decision":1,"allowed":true}'],
    ['an answer without end in sight', 200, `{"allowed":true,"pad":"${'x'.repeat(100_000)}"}`],
  ])('%s denies', async (_what, status, body) => {
    const url = await listening(answering(status, body));
    expect(await ask(url)).toMatchObject({
      ...{ status: 429, code: 'QUOTA_EXCEEDED', dimension: 'max_flows', retryAfterSeconds: null },
    });
  });

  it.each([
    ['both', '{"allowed":false,"effectiveLimit":10,"currentUsage":12}', { limit: 10, usage: 12 }],
    ['the limit, and the usage was asked with', '{"allowed":false,"effectiveLimit":10}', { limit: 10, usage: 7 }],
    ['no limit', '{"allowed":false,"currentUsage":12}', {}],
    ['a limit that is no count', '{"allowed":false,"effectiveLimit":"many","currentUsage":12}', {}],
  ])('passes on the numbers of a denial: %s', async (_what, answer, numbers) => {
    const denied = await ask(await listening(answering(200, answer)), { currentUsage: 7 });
    const { message: _message, ...members } = problemBody(denied as Problem);
    expect(members).toEqual({ code: 'QUOTA_EXCEEDED', dimension: 'max_flows', scope: 'tenant', ...numbers });
  });

  it('denies a rate with the seconds after which its window has moved on', async () => {
    const url = await listening(answering(200, '{"allowed":false}'));
    expect(await ask(url, { dimension: 'flow_signal_rate_per_minute' })).toMatchObject({
      ...{ dimension: 'flow_signal_rate_per_minute', retryAfterSeconds: 60 },
    });
  });

  it('denies when no answer comes in time, be it silent or slow in the middle', async () => {
    const silent = await listening(() => undefined);
    const before = Date.now();
    expect(await ask(silent, {}, 200)).toMatchObject({ status: 429 });
    expect(Date.now() - before).toBeGreaterThanOrEqual(190);
    server?.removeAllListeners('request').on('request', (_request, response: ServerResponse) => {
      response.writeHead(200).write('{"allowed"');
    });
    expect(await ask(silent, {}, 200)).toMatchObject({ status: 429 });
  });

  it('denies when the connection is refused or cut', async () => {
    const url = await listening((request) => request.socket.destroy());
    expect(await ask(url)).toMatchObject({ status: 429 });
    const closing = server as Server;
    await new Promise((resolve) => closing.close(resolve));
    server = undefined;
    expect(await ask(url)).toMatchObject({ status: 429 });
  });
});
