import { signEnvelope, workspaceKey, type JsonObject, type SignedEnvelope } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { makeDispatch, type ArrivedEnvelope, type Dispatch, type DispatchOptions } from './dispatch.js';
import { makeEcho } from './echo.js';
import { mintAttemptToken, requireToken, type TokenSettings } from './execution-token.js';
import { TaskError } from './task-error.js';
import type { TaskAttempt } from './task-handler.js';
import { touchingTenantData } from './task-handlers.js';

const SECRET = 'a-secret-of-at-least-thirty-two-characters';
const settings: TokenSettings = { secret: SECRET, maxTtlMs: 86_400_000, now: () => 1_000_000 };
const tenant: SignedEnvelope = signEnvelope(
  {
    tenantId: 't1',
    workspaceId: 'w1',
    flowId: 'f1',
    flowVersion: '1',
    executionId: 't1:w1:f1:x',
    keyDerivation: 'hmac-v1',
  },
  workspaceKey(SECRET, 't1', 'w1'),
);
const attempt = { signal: new AbortController().signal, startToCloseMs: 60_000 };
const http = (params: JsonObject, over: Partial<ArrivedEnvelope> = {}): ArrivedEnvelope => ({
  nodeId: 'n',
  taskType: 'http.request',
  params,
  tenant,
  ...over,
});

function dispatchWith(options: Partial<DispatchOptions> = {}): { dispatch: Dispatch; attempts: TaskAttempt[] } {
  const attempts: TaskAttempt[] = [];
  const handler = (params: JsonObject, one: TaskAttempt): Promise<JsonObject> => {
    attempts.push(one);
    return Promise.resolve({ got: params['url'] ?? null });
  };
  const handlers = new Map([['http.request', handler]]);
  return {
    dispatch: makeDispatch({ token: settings, maxIoBytes: 2000, handlers, echo: undefined, ...options }),
    attempts,
  };
}
async function codeOf(envelope: ArrivedEnvelope, options: Partial<DispatchOptions> = {}): Promise<string> {
  const { dispatch, attempts } = dispatchWith(options);
  const error: unknown = await dispatch(envelope, attempt).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TaskError);
  expect((error as TaskError).retryable).toBe(false);
  expect((error as TaskError).message).not.toContain(tenant.signature);
  if ((error as TaskError).code !== 'PAYLOAD_TOO_LARGE') expect(attempts).toEqual([]);
  return (error as TaskError).code;
}

describe('dispatch', () => {
  it('gives the task a verified tenant and a token, and marks the output', async () => {
    const { dispatch, attempts } = dispatchWith();
    expect(await dispatch(http({ url: 'u' }), attempt)).toEqual({ status: 'success', got: 'u' });
    expect(attempts[0]?.tenant.tenantId).toBe('t1');
    expect(() => requireToken(attempts[0]?.token ?? '', tenant, settings)).not.toThrow();
  });

  it('masks the token of the attempt in the lines of the task', async () => {
    const lines: string[] = [];
    const { dispatch, attempts } = dispatchWith();
    await dispatch(http({ url: 'u' }), { ...attempt, log: (level, line) => void lines.push(`${level} ${line}`) });
    const [{ log, token } = { log: () => undefined, token: '' }] = attempts;
    log('info', 'called');
    log('warn', `refused ${token} and ${encodeURIComponent(token)}`);
    expect(lines).toEqual(['info called', 'warn refused *** and ***']);
  });

  it('gives every attempt a token of its own', async () => {
    const { dispatch, attempts } = dispatchWith();
    for (let tries = 0; tries < 3; tries += 1) await dispatch(http({ url: 'u' }), attempt);
    expect(new Set(attempts.map(({ token }) => token)).size).toBe(3);
  });

  it('hands the attempt’s own place in the trace on, and the run’s correlation id', async () => {
    const { dispatch, attempts } = dispatchWith();
    const origin = { correlationId: 'c-1', eventDepth: 2, traceparent: 'of the run' };
    await dispatch(http({ url: 'u' }, { origin }), { ...attempt, traceparent: 'of the attempt' });
    await dispatch(http({ url: 'u' }), attempt);
    expect(attempts.map((one) => one.origin)).toEqual([
      { ...origin, traceparent: 'of the attempt' },
      { correlationId: 't1:w1:f1:x', eventDepth: 0 },
    ]);
  });

  it('takes the envelope of a run that has waited for a month, with a token of its own time', async () => {
    const later = { ...settings, now: () => settings.now() + 30 * 86_400_000 };
    const { dispatch, attempts } = dispatchWith({ token: later });
    expect(await dispatch(http({ url: 'u' }), attempt)).toMatchObject({ status: 'success' });
    expect(() => requireToken(attempts[0]?.token ?? '', tenant, later)).not.toThrow();
  });

  it('checks the size before anything else', async () => {
    const envelope = http({ url: 'x'.repeat(2000) }, { tenant: undefined, taskType: 'unknown' });
    expect(await codeOf(envelope)).toBe('PAYLOAD_TOO_LARGE');
  });

  it('takes an envelope of exactly the limit, and no byte more', async () => {
    const bytes = Buffer.byteLength(JSON.stringify(http({ url: 'ü' })));
    expect(await dispatchWith({ maxIoBytes: bytes }).dispatch(http({ url: 'ü' }), attempt)).toBeDefined();
    expect(await codeOf(http({ url: 'ü' }), { maxIoBytes: bytes - 1 })).toBe('PAYLOAD_TOO_LARGE');
  });

  it.each([
    ['absent', undefined, 'UNAUTHENTICATED'],
    ['no object', 'x', 'EXECUTION_TOKEN_INVALID'],
    ['unsigned', { ...tenant, signature: undefined }, 'EXECUTION_TOKEN_INVALID'],
    ['tampered', { ...tenant, executionId: 't1:w1:f1:y' }, 'EXECUTION_TOKEN_INVALID'],
    ['of another workspace', { ...tenant, workspaceId: 'w2' }, 'EXECUTION_TOKEN_INVALID'],
    ['of another derivation', { ...tenant, keyDerivation: 'hmac-v2' }, 'EXECUTION_TOKEN_INVALID'],
  ])('refuses a tenant that is %s', async (_name, given, code) => {
    expect(await codeOf(http({ url: 'u' }, { tenant: given }))).toBe(code);
  });

  it('checks the tenant before the type, and the type before the input', async () => {
    expect(await codeOf(http({}, { tenant: undefined, taskType: 'unknown' }))).toBe('UNAUTHENTICATED');
    expect(await codeOf(http({}, { taskType: 'unknown' }))).toBe('UNKNOWN_TASK_TYPE');
    expect(await codeOf(http({}))).toBe('VALIDATION_ERROR');
    expect(await codeOf(http({ url: 1 }))).toBe('VALIDATION_ERROR');
  });

  it('refuses a foreign workspace and lets the own one pass', async () => {
    expect(await codeOf(http({ url: 'u', workspaceId: 'w2' }))).toBe('FORBIDDEN');
    expect(await dispatchWith().dispatch(http({ url: 'u', workspaceId: 'w1' }), attempt)).toBeDefined();
  });

  it('answers known types without a backend with CAPABILITY_UNAVAILABLE', async () => {
    expect(await codeOf(http({ url: 'u' }), { handlers: new Map() })).toBe('CAPABILITY_UNAVAILABLE');
  });

  it('bounds the output', async () => {
    const handlers = new Map([['http.request', () => Promise.resolve({ body: 'x'.repeat(2000) })]]);
    expect(await codeOf(http({ url: 'u' }), { handlers })).toBe('PAYLOAD_TOO_LARGE');
  });

  it('echoes unknown types in the developer profile, exactly', async () => {
    const { dispatch } = dispatchWith({ echo: makeEcho(0) });
    const envelope = http({ a: [1] }, { taskType: 'my.type' });
    expect(await dispatch(envelope, attempt)).toEqual({ executed: true, taskType: 'my.type', params: { a: [1] } });
    expect(await dispatch(http({ url: 'u' }), attempt)).toEqual({ status: 'success', got: 'u' });
  });
});

describe('execution token', () => {
  const token = mintAttemptToken(tenant, 60_000, settings);
  const codeFor = (given: string, run = { tenantId: 't1', workspaceId: 'w1' }, now = 1_000_000): string => {
    try {
      requireToken(given, run, { ...settings, now: () => now });
      return 'valid';
    } catch (thrown) {
      return (thrown as TaskError).code;
    }
  };
  it('lives for the attempt and a minute, never longer than the bound', () => {
    expect(codeFor(token, undefined, 1_000_000 + 119_999)).toBe('valid');
    expect(codeFor(token, undefined, 1_000_000 + 120_000)).toBe('EXECUTION_TOKEN_EXPIRED');
    const long = mintAttemptToken(tenant, 10 * 86_400_000, settings);
    expect(codeFor(long, undefined, 1_000_000 + 86_399_999)).toBe('valid');
    expect(codeFor(long, undefined, 1_000_000 + 86_400_000)).toBe('EXECUTION_TOKEN_EXPIRED');
  });
  it('is judged by the clock of who checks it: one that is ahead refuses early, one that is behind never forgives a forgery', () => {
    const skewMs = 5 * 60_000;
    expect(codeFor(token, undefined, 1_000_000 - skewMs)).toBe('valid');
    expect(codeFor(token, undefined, 1_000_000 + skewMs)).toBe('EXECUTION_TOKEN_EXPIRED');
    const forged = mintAttemptToken(tenant, 60_000, { ...settings, secret: SECRET.toUpperCase() });
    expect(codeFor(forged, undefined, 1_000_000 - skewMs)).toBe('EXECUTION_TOKEN_INVALID');
  });
  it.each([
    ['absent', ''],
    ['of another tenant', mintAttemptToken({ ...tenant, tenantId: 't2' }, 60_000, settings)],
    ['expired', mintAttemptToken(tenant, 60_000, { ...settings, now: () => 0 })],
  ])('a task that touches tenants’ data does not run with a token that is %s', async (_name, given) => {
    let ran = false;
    const guarded = touchingTenantData(() => {
      ran = true;
      return Promise.resolve({});
    }, settings);
    const { signal } = attempt;
    const origin = { correlationId: 'c', eventDepth: 0 };
    const error: unknown = await guarded(
      {},
      { tenant, nodeId: 'n', idempotencyKey: 'x/n', origin, signal, token: given, log: () => undefined },
    ).catch((thrown: unknown) => thrown);
    expect((error as TaskError).code).toMatch(/^EXECUTION_TOKEN_/);
    expect([(error as TaskError).retryable, ran]).toEqual([false, false]);
  });
  it('is refused when forged, or of another workspace', () => {
    expect(codeFor('')).toBe('EXECUTION_TOKEN_INVALID');
    expect(codeFor(`${token}x`)).toBe('EXECUTION_TOKEN_INVALID');
    const forged = mintAttemptToken(tenant, 60_000, { ...settings, secret: SECRET.toUpperCase() });
    expect(codeFor(forged)).toBe('EXECUTION_TOKEN_INVALID');
    expect(codeFor(token, { tenantId: 't1', workspaceId: 'w2' })).toBe('EXECUTION_TOKEN_TENANT_MISMATCH');
  });
});
