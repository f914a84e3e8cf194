import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { FlowDefinition } from '@flowplane/contracts';
import { until } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';

const FLOW: FlowDefinition = {
  apiVersion: 'v1.0',
  name: 'trial',
  nodes: [{ id: 'pause', type: 'wait', duration: 'PT1H' }],
};

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
  await trial.publish('F', FLOW);
}, 120_000);
afterAll(async () => {
  await trial.end();
});

const newRun = (): string => `T:W:F:${randomUUID()}`;

async function request(executionId: string, version = 1, occurredAt?: number): Promise<void> {
  const data = {
    flowId: 'F',
    executionId,
    version,
    input: '{}',
    triggerType: 'manual',
    retriedFrom: null,
    retryFrom: null,
    trigger: null,
    labels: '{}',
  } as const;
  const at = await trial.log.append(trial.scope, 'ExecutionRequested', data, occurredAt);
  await trial.projected(at.partition, at.offset + 1);
}

async function reportsOf(executionId: string): Promise<readonly string[]> {
  const commands = await trial.commands();
  return commands
    .filter((command) => 'executionId' in command.data && command.data.executionId === executionId)
    .map((command) => command.type);
}

const startedInEngine = async (executionId: string): Promise<number> => {
  const { count } = await trial.temporal.workflow.count(`WorkflowId = '${executionId}'`);
  return count;
};

describe('executor on the real log and engine', () => {
  it('starts a run that was requested twice once, with its attributes, and reports it', async () => {
    const executor = await runExecutor(trial.env);
    const executionId = newRun();
    await request(executionId);
    await request(executionId);
    await until('both reports', async () => (await reportsOf(executionId)).length === 2);
    const described = await trial.temporal.workflow.getHandle(executionId).describe();
    expect(described.searchAttributes).toEqual({
      tenantId: ['T'],
      workspaceId: ['W'],
      flowId: ['F'],
      flowVersion: ['1'],
      triggerType: ['manual'],
    });
    // What waits for a worker is handed out tenant by tenant.
    expect(described.priority).toMatchObject({ fairnessKey: 'T' });
    const commands = (await trial.commands()).filter(({ type }) => type === 'RecordExecutionStarted');
    expect(new Set(commands.map(({ meta }) => meta.commandId)).size).toBe(1);
    await until('visibility', async () => (await startedInEngine(executionId)) === 1);
    await executor.close();
  });

  it('goes on where it stopped, and does not start what was closed meanwhile', async () => {
    const [before, closed, after] = [newRun(), newRun(), newRun()];
    const first = await runExecutor(trial.env);
    await request(before);
    await until('the first report', async () => (await reportsOf(before)).length === 1);
    await first.close();

    await request(closed, 1, Date.now() - 60_000);
    await trial.project(closed, 'F', 'Canceled', true);
    await request(after);
    const second = await runExecutor(trial.env);
    await until('the report of the last', async () => (await reportsOf(after)).length === 1);
    expect(await reportsOf(before)).toHaveLength(1);
    expect(await reportsOf(closed)).toEqual([]);
    await expect(trial.temporal.workflow.getHandle(closed).describe()).rejects.toThrow(/not found/i);
    await second.close();
  });

  it('ends a run that was closed before its start was recorded, and its stream', async () => {
    const executionId = newRun();
    const executor = await runExecutor(trial.env);
    await request(executionId);
    await until('the report', async () => (await reportsOf(executionId)).length === 1);
    await trial.log.append(trial.scope, 'ExecutionClosed', {
      ...{ flowId: 'F', executionId, version: 1, status: 'Canceled', neverStarted: true },
      ...{ startedAt: null, closedAt: Date.now(), result: null, failure: null, nodes: null },
    });
    const handle = trial.temporal.workflow.getHandle(executionId);
    await until('the end in the engine', async () => (await handle.describe()).status.name !== 'RUNNING');
    expect((await handle.describe()).status.name).toBe('TERMINATED');
    await until('the closing frame', async () =>
      (await trial.frames()).some((frame) => frame.type === 'RunClosed' && frame.data.executionId === executionId),
    );
    await trial.project(executionId, 'F', 'Canceled', true);
    await executor.close();
  });

  it('passes a cancel on', async () => {
    const executionId = newRun();
    const executor = await runExecutor(trial.env);
    await request(executionId);
    await trial.log.append(trial.scope, 'ExecutionCancelRequested', { flowId: 'F', executionId, version: 1 });
    const handle = trial.temporal.workflow.getHandle(executionId);
    const asked = await until('the cancel request', async () => {
      const { events } = await handle.fetchHistory().catch(() => ({ events: [] }));
      return events?.find((event) => event.workflowExecutionCancelRequestedEventAttributes);
    });
    expect(asked.workflowExecutionCancelRequestedEventAttributes?.identity).toMatch(/^executor@/);
    await executor.close();
  });

  it('passes signals on in their order, each once, also those to a run that is still pending', async () => {
    const [executionId, closed] = [newRun(), newRun()];
    const signal = async (nodeId: string | null, of = executionId, commandId?: string): Promise<void> => {
      const data = { flowId: 'F', executionId: of, version: 1, signalName: 'human-approval', nodeId };
      const said = { ...data, approved: true, onBehalfOf: 'the boss', comment: nodeId === 'last' ? 'Checked' : null };
      await trial.log.append(trial.scope, 'ExecutionSignaled', said, undefined, commandId);
    };
    await request(executionId);
    for (const nodeId of ['first', null, 'third']) await signal(nodeId);
    const repeated = randomUUID();
    await signal('fourth', executionId, repeated);
    await signal('fourth', executionId, repeated);
    const executor = await runExecutor(trial.env);
    // To a run that is gone there is nothing to deliver, and nothing is held up by it.
    await signal('nobody', closed);
    await signal('last');

    const handle = trial.temporal.workflow.getHandle(executionId);
    const delivered = await until('the last signal', async () => {
      const { events } = await handle.fetchHistory().catch(() => ({ events: [] }));
      const inputs = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) =>
        signaled?.signalName === 'human-approval' ? (signaled.input?.payloads ?? []) : [],
      );
      const signals = inputs.map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString('utf8')));
      return signals.at(-1)?.nodeId === 'last' ? signals : undefined;
    });
    expect(delivered.map(({ nodeId }) => nodeId)).toEqual(['first', null, 'third', 'fourth', 'last']);
    expect(delivered[3]).toEqual({
      ...{ commandId: repeated, nodeId: 'fourth', approved: true },
      ...{ actor: 'alice', onBehalfOf: 'the boss' },
    });
    expect(delivered.at(-1)).toMatchObject({ comment: 'Checked' });
    await executor.close();
  });

  it('reports a start that can never succeed as failed', async () => {
    const executionId = newRun();
    const executor = await runExecutor(trial.env);
    await request(executionId, 99);
    await until('the report', async () => (await reportsOf(executionId)).length === 1);
    const command = (await trial.commands()).find(
      (one) => one.type === 'RecordExecutionClosed' && one.data.executionId === executionId,
    );
    expect(command?.data).toMatchObject({ status: 'Failed', failure: { code: 'FlowDefinitionNotFound' } });
    await executor.close();
  });

  it('finds a run that an operator terminated while nobody looked', async () => {
    const executionId = newRun();
    const first = await runExecutor(trial.env);
    await request(executionId);
    await until('the report', async () => (await reportsOf(executionId)).length === 1);
    await trial.project(executionId, 'F', 'Running', false);
    await first.close();
    await trial.temporal.workflow.getHandle(executionId).terminate('by hand');

    const second = await runExecutor(trial.env);
    await until('the sweep', async () => (await reportsOf(executionId)).includes('RecordExecutionClosed'), 30_000);
    const command = (await trial.commands()).find(
      (one) => one.type === 'RecordExecutionClosed' && one.data.executionId === executionId,
    );
    expect(command?.data).toMatchObject({ status: 'Terminated', result: null, failure: null });
    await trial.project(executionId, 'F', 'Terminated', true);
    await second.close();
  });

  it('divides the partitions among executors, and goes on with those of one that is gone', async () => {
    const tenants = Array.from({ length: 20 }, (_, index) => `D${index}`);
    for (const tenantId of tenants) await trial.publish('F', FLOW, { tenantId, workspaceId: 'W' });
    const partitionsUsed = new Set<number>();
    const requestAll = async (): Promise<readonly string[]> => {
      const ids: string[] = [];
      for (const tenantId of tenants) {
        const executionId = `${tenantId}:W:F:${randomUUID()}`;
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
        };
        const scope = { tenantId, workspaceId: 'W' };
        const at = await trial.log.append(scope, 'ExecutionRequested', { ...data, triggerType: 'manual' });
        await trial.projected(at.partition, at.offset + 1);
        partitionsUsed.add(at.partition);
        ids.push(executionId);
      }
      return ids;
    };
    const startsOf = async (ids: readonly string[]): Promise<readonly string[]> =>
      (await trial.commands()).filter(isStartOf(ids)).map(({ meta }) => meta.commandId);

    const [one, other] = [await runExecutor(trial.env), await runExecutor(trial.env)];
    const both = await requestAll();
    await until('the reports of both', async () => new Set(await startsOf(both)).size === both.length);
    await one.close();
    const later = await requestAll();
    await until('the reports of the other', async () => new Set(await startsOf(later)).size === later.length);
    expect(partitionsUsed.size).toBe(trial.partitions);
    await other.close();
  });

  it('keeps 50 starts while the engine is away, and makes them when it is back', async () => {
    const way = await makeWay(trial.env['TEMPORAL_ADDRESS'] ?? '');
    const executor = await runExecutor({ ...trial.env, TEMPORAL_ADDRESS: way.address });
    const ids = Array.from({ length: 50 }, newRun);
    for (const executionId of ids) await request(executionId);
    const probe = newRun();
    await request(probe, 99);
    await until('work that needs no engine', async () => (await reportsOf(probe)).length === 1);
    expect((await trial.commands()).filter(isStartOf(ids))).toEqual([]);
    await way.open();
    await until('all 50', async () => (await trial.commands()).filter(isStartOf(ids)).length === 50);
    await executor.close();
    await way.close();
  });
});

const isStartOf =
  (ids: readonly string[]) =>
  (command: { readonly type: string; readonly data: object }): boolean =>
    command.type === 'RecordExecutionStarted' &&
    'executionId' in command.data &&
    ids.includes(command.data.executionId as string);

/** A way to the engine that is not there at first: nothing listens until it is opened. */
async function makeWay(
  to: string,
): Promise<{ readonly address: string; readonly open: () => Promise<void>; readonly close: () => Promise<void> }> {
  const [host = '', port = ''] = to.split(':');
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const onward = connect(Number(port), host);
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => sockets.delete(one));
    }
    socket.pipe(onward).pipe(socket);
  });
  const listen = (at: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  const shut = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  const free = await listen(0);
  await shut();
  return {
    address: `127.0.0.1:${free}`,
    open: async () => {
      await listen(free);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await shut();
    },
  };
}
