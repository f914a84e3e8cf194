import {
  encodeCommand,
  encodePosition,
  HEADER,
  type Command,
  type Event,
  type TenantQuota,
} from '@flowplane/contracts';
import { endOffsets } from '@flowplane/plumbing/kafka';
import { caughtUp } from '../../test/running-projections.js';
import { executionStarted, flowCreated, tenantQuotasSet } from '../../test/sample-events.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueriedLog, QUERIED_PARTITIONS, type QueriedLog } from '../../test/queried-log.js';

let queried: QueriedLog;
beforeAll(async () => {
  queried = await openQueriedLog();
});
afterAll(async () => {
  await queried?.close();
});

const get: QueriedLog['get'] = (path, headers) => queried.get(path, headers);

describe('commands', () => {
  it('show outcome, position and the present status of the run', async () => {
    const started = await get('/commands/start-open');
    expect(started.body).toMatchObject({
      commandId: 'start-open',
      type: 'execution.start',
      status: 'accepted',
      httpStatus: 201,
      result: { executionId: 'T:W:F:open', runId: 'open', status: 'Pending' },
      error: null,
    });
    await queried.owner.append([executionStarted(queried.events, 'F', 'T:W:F:open')]);
    await caughtUp(queried.log, queried.store, 'control');
    expect((await get('/commands/start-open')).body['result']).toMatchObject({ status: 'Running' });
    expect((await get('/commands/refused')).body).toMatchObject({
      status: 'rejected',
      httpStatus: 429,
      result: null,
      error: { code: 'QUOTA_EXCEEDED' },
    });
  });

  it('are pending while they stand in the log undecided, for their own tenant only', async () => {
    const meta = {
      commandId: 'waiting',
      tenantId: 'T',
      workspaceId: 'W',
      actorId: 'alice',
      actorRoles: [],
      correlationId: 'c',
      traceparent: null,
      submittedAt: queried.now,
      attempt: 1,
      idempotency: null,
    };
    const command: Command = { type: 'DeleteFlow', meta, data: { flowId: 'F', expectedRevision: null } };
    // The decided ones stand before it: their outcomes name offsets in this topic.
    for (let index = 0; index < 30; index++)
      await queried.log.appendCommand({ ...command, meta: { ...meta, commandId: `c${index}` } });
    await queried.log.appendCommand(command);
    expect(await get('/commands/waiting')).toMatchObject({
      status: 200,
      body: {
        commandId: 'waiting',
        type: 'flow.delete',
        status: 'pending',
        decidedAt: null,
        result: null,
        httpStatus: null,
      },
    });
    const foreign = { 'x-tenant-id': 'U' };
    const reply = await queried.app.inject({
      method: 'GET',
      url: '/v1/flows/workspaces/V/commands/waiting',
      headers: foreign,
    });
    expect(reply.statusCode).toBe(404);
    expect(await get('/commands/unknown')).toMatchObject({ status: 404, body: { code: 'COMMAND_NOT_FOUND' } });

    // What others wrote under the same id, undecodable or of another tenant, does not stand in the way.
    const headers = { [HEADER.id]: 'hidden' };
    const hidden = { ...command, meta: { ...meta, commandId: 'hidden' } };
    const foreignOne = { ...hidden, meta: { ...hidden.meta, tenantId: 'U' } };
    const partition = queried.log.partitionOf('T');
    for (const value of [Buffer.from('no command'), encodeCommand(foreignOne), encodeCommand(hidden)]) {
      await queried.log.appendRaw(queried.log.topics.commands, { partition, key: 'T', value, headers });
    }
    expect(await get('/commands/hidden')).toMatchObject({ status: 200, body: { status: 'pending' } });
  });

  it('are searched for together: many who ask at once do not search many times', async () => {
    const before = queried.scans();
    const ids = Array.from({ length: 100 }, (_, index) => `unknown-${index}`);
    const answers = await Promise.all([...ids, 'waiting'].map((id) => get(`/commands/${id}`)));
    expect(answers.map(({ status }) => status)).toEqual([...ids.map(() => 404), 200]);
    expect(queried.scans() - before).toBeGreaterThan(0);
    expect(queried.scans() - before).toBeLessThan(20);
  });
});

describe('quotas', () => {
  it('show limits of the tenant and usage', async () => {
    const { body } = await get('/quotas');
    expect(body['items']).toEqual([
      { dimension: 'max_flows', scope: 'tenant', limit: 7, usage: 1 },
      { dimension: 'max_flow_versions', scope: 'flow', limit: 20, usage: null },
      { dimension: 'max_concurrent_executions', scope: 'workspace', limit: 10, usage: 1 },
      { dimension: 'flow_starts_per_minute', scope: 'workspace', limit: 60, usage: expect.any(Number) as number },
      { dimension: 'flow_signal_rate_per_minute', scope: 'workspace', limit: 120, usage: 0 },
    ]);
  });

  it('show what was set for the tenant instead, in every workspace of it and to nobody else', async () => {
    const limitsOf = async (headers: Readonly<Record<string, string>> = {}) => {
      const { body } = await get('/quotas', headers);
      return (body['items'] as readonly { readonly limit: number }[]).map(({ limit }) => limit);
    };
    const set = (quotas: readonly TenantQuota[]) => queried.owner.append([tenantQuotasSet(queried.events, quotas)]);
    const end = async () => {
      const partition = queried.log.partitionOf('T');
      const ends = await endOffsets(queried.log.kafka, queried.log.topics.events, [partition]);
      return encodePosition({ partition, offset: ends.get(partition) ?? 0 });
    };
    await set([
      { dimension: 'max_flows', limit: 3, grace: 2 },
      { dimension: 'flow_starts_per_minute', limit: -1, grace: 0 },
    ]);
    expect(await limitsOf({ 'x-flows-min-position': await end() })).toEqual([3, 20, 10, -1, 120]);
    await set([{ dimension: 'max_flow_versions', limit: 4, grace: 0 }]);
    expect(await limitsOf({ 'x-flows-min-position': await end() })).toEqual([7, 4, 10, 60, 120]);
    const reply = await queried.app.inject({
      ...{ method: 'GET', url: '/v1/flows/workspaces/V/quotas' },
      headers: { 'x-tenant-id': 'U' },
    });
    expect(reply.json<{ items: readonly { limit: number }[] }>().items[1]?.limit).toBe(20);
    await set([]);
    expect(await limitsOf({ 'x-flows-min-position': await end() })).toEqual([7, 20, 10, 60, 120]);
  });
});

describe('minimal position', () => {
  it('makes a read wait for what is not projected yet', async () => {
    const partition = queried.log.partitionOf('T');
    const offset = (queried.store.progress.current('control', partition) ?? 0) + 1;
    const read = get('/flows/late', { 'x-flows-min-position': encodePosition({ partition, offset }) });
    const created: Event = flowCreated(queried.events, 'late');
    await queried.owner.append([created]);
    expect(await read).toMatchObject({ status: 200, body: { flowId: 'late' } });
  });

  it('is not reached in time: 504; no position: 400', async () => {
    const never = encodePosition({ partition: 0, offset: 1_000_000 });
    expect(await get('/flows', { 'x-flows-min-position': never, prefer: 'wait=0' })).toMatchObject({
      status: 504,
      body: { code: 'POSITION_NOT_REACHED' },
    });
    const elsewhere = encodePosition({ partition: QUERIED_PARTITIONS, offset: 1 });
    for (const token of ['garbage', elsewhere]) {
      expect(await get('/task-types', { 'x-flows-min-position': token })).toMatchObject({
        status: 400,
        body: { code: 'INVALID_POSITION' },
      });
    }
  });
});
