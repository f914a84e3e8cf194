import { decodeMessage, problem, type Command } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { refusal } from '@flowplane/plumbing/http';
import { type DeniedCall } from '../api/index.js';
import { AppendFault, type OutgoingRecord } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { makeDenialRecorder, type DenialBounds } from './denial-recorder.js';

const denied = (tenantId = 'T', workspaceId = 'W'): DeniedCall => ({
  identity: {
    ...{ kind: 'gateway', tenantId, boundWorkspaceId: null, workspaceIds: null, actorId: 'alice', dbRole: 'flows_app' },
    ...{ roles: ['viewer'], scopes: [], privilegeDomain: null },
  } as unknown as DeniedCall['identity'],
  ...{ workspaceId, command: 'flow.create', problem: problem('FORBIDDEN'), correlationId: 'correlation-1' },
  ...{ flowId: null, executionId: null, traceparent: null },
});

/** A log that takes what it is given, or does not. */
function recorderOn(bounds: Partial<DenialBounds> = {}) {
  const log = { isAway: false, isFull: false, appended: [] as Command[], answers: [] as (() => void)[], holds: false };
  const metrics = makeMetrics();
  const append = async ({ value }: OutgoingRecord) => {
    if (log.holds) await new Promise<void>((resolve) => log.answers.push(resolve));
    if (log.isAway) throw new AppendFault({ appended: 'no' } as never, 'away');
    const message = decodeMessage(value as Buffer);
    if (message.kind === 'command') log.appended.push(message.command);
    return { partition: 0, offset: log.appended.length };
  };
  const recorder = makeDenialRecorder({
    log: {
      producer: { append, pending: () => 0, close: () => Promise.resolve() } as never,
      guard: {
        admit: () => {
          if (log.isFull) throw refusal('OVERLOADED', { retryAfterSeconds: 1 });
        },
      } as never,
      partitions: 3,
      source: 'spec',
    },
    logger: makeLogger({ service: 'spec', level: 'silent' }),
    metrics,
    bounds: { intervalMs: 3_600_000, ...bounds },
  });
  const counted = async (): Promise<Readonly<Record<string, number>>> => {
    const json = (await metrics.registry.getMetricsAsJSON()).find(({ name }) => name === 'flows_denials_total');
    return Object.fromEntries((json?.values ?? []).map(({ labels, value }) => [labels['outcome'] as string, value]));
  };
  const counts = () =>
    log.appended.map(({ meta, data }) => [meta.tenantId, meta.workspaceId, (data as { count: number }).count]);
  return { log, recorder, counted, counts };
}

describe('denied commands', () => {
  it('are recorded one by one, as who was denied what', async () => {
    const { log, recorder, counted } = recorderOn();
    recorder.record(denied());
    await recorder.close();
    expect(log.appended).toMatchObject([
      {
        type: 'RecordDenial',
        meta: { tenantId: 'T', workspaceId: 'W', actorId: 'alice', correlationId: 'correlation-1', idempotency: null },
        data: { deniedCommand: 'flow.create', problem: { status: 403, code: 'FORBIDDEN' }, count: 1 },
      },
    ]);
    expect(await counted()).toEqual({ recorded: 1 });
  });

  it('beyond those of a minute are one record per workspace with a count; other tenants are not touched', async () => {
    const { recorder, counts, counted } = recorderOn({ perMinute: 2 });
    for (let n = 0; n < 500; n++) recorder.record(denied('T', n % 2 === 0 ? 'W' : 'V'));
    recorder.record(denied('U', 'X'));
    await recorder.close();
    expect(counts()).toEqual([
      ['T', 'W', 1],
      ['T', 'V', 1],
      ['U', 'X', 1],
      ['T', 'W', 249],
      ['T', 'V', 249],
    ]);
    expect(await counted()).toEqual({ recorded: 3, condensed: 498 });
  });

  it('do not wait for one another beyond a bound: the others are kept as a count', async () => {
    const { log, recorder, counts } = recorderOn({ underWay: 2 });
    log.holds = true;
    for (let n = 0; n < 5; n++) recorder.record(denied());
    expect(log.answers).toHaveLength(2);
    log.holds = false;
    for (const answer of log.answers) answer();
    await recorder.close();
    expect(counts()).toEqual([
      ['T', 'W', 1],
      ['T', 'W', 1],
      ['T', 'W', 3],
    ]);
  });

  it.each(['isAway', 'isFull'] as const)('are kept while the log %s, and recorded when it is back', async (trouble) => {
    const { log, recorder, counts, counted } = recorderOn();
    log[trouble] = true;
    for (let n = 0; n < 3; n++) recorder.record(denied());
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.appended).toEqual([]);
    log[trouble] = false;
    await recorder.close();
    expect(counts()).toEqual([['T', 'W', 3]]);
    expect(await counted()).toEqual({ condensed: 3 });
  });

  it('are tried again round by round', async () => {
    const { log, recorder, counts } = recorderOn({ intervalMs: 5 });
    log.isAway = true;
    recorder.record(denied());
    await new Promise((resolve) => setTimeout(resolve, 30));
    log.isAway = false;
    await expect.poll(counts, { interval: 5 }).toEqual([['T', 'W', 1]]);
    await recorder.close();
  });

  it('that find no room, or no log until the end, are counted as lost', async () => {
    const { log, recorder, counted } = recorderOn({ kept: 1 });
    log.isAway = true;
    for (const workspace of ['W', 'W', 'V']) recorder.record(denied('T', workspace));
    await recorder.close();
    expect(log.appended).toEqual([]);
    expect(await counted()).toEqual({ lost: 3 });
  });
});
