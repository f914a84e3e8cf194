import { encodeEvent, HEADER, packLogHeader, partitionOf, topicNames, type Event } from '@flowplane/contracts';
import { makeBatchProducer } from '@flowplane/plumbing/kafka';
import { longOr, startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { expectStatus, makeApiClient, type Caller } from './driver/api-client.js';
import type { FlowBody, Problem } from './driver/api-types.js';
import { MIX_ENV, MIX_LIMITS, prepareTenants, startMix, type MixAnswer } from './driver/command-mix.js';
import { checkLog } from './driver/log-check.js';
import { acceptedEvents, partitionsOf, readLog, withLog, zombieEvents, type WholeLog } from './driver/log-reader.js';
import { bothTotals, settledLog } from './driver/settled-log.js';
import { spawnService } from './driver/spawned-service.js';

const COMMANDS = longOr(1_000, 2_000);

let first: IsolatedServices;
/** A second command-service on the same topics and databases. */
let second: IsolatedServices;
let both: readonly string[];

beforeAll(async () => {
  // No engine: what is counted here is decided by the log alone, and runs stay Pending until they are cancelled.
  first = await startServices({ env: MIX_ENV, only: ['command-service', 'projection-service'] });
  second = await startServices({ env: first.env, only: ['command-service'] });
  both = [first.urls['command-service'], second.urls['command-service']];
});

afterAll(async () => {
  await second?.stop('command-service');
  await first?.close();
  await second?.close();
});

/** The promises of the decider over the whole log, and the read models as the log says. */
async function expectExact(): Promise<WholeLog> {
  const log = await settledLog(first.env);
  expect(checkLog(log, MIX_LIMITS)).toEqual([]);
  const totals = await bothTotals(first.env, log);
  expect(totals.read).toEqual(totals.log);
  return log;
}

/** So many of the mix's limits were reached that their exactness was put to the test. */
function expectLimitsReached(log: WholeLog, tenants: readonly Caller[]): void {
  const dimensions = new Set<string>();
  const names = new Set(tenants.map(({ tenantId }) => tenantId));
  for (const { event } of acceptedEvents(log)) {
    if (event.type === 'CommandRejected' && names.has(event.meta.tenantId)) {
      dimensions.add(event.data.problem.dimension ?? event.data.problem.code);
    }
  }
  expect([...dimensions]).toEqual(
    expect.arrayContaining(['max_flows', 'max_flow_versions', 'max_concurrent_executions']),
  );
}

const repeated = (answers: readonly MixAnswer[]): number => answers.filter(({ attempts }) => attempts > 1).length;
/** Epochs that were begun and count, over all partitions. */
const terms = (log: WholeLog): number => log.events.filter(({ kind, accepted }) => kind === 'epoch' && accepted).length;

/** A third decider that stops or dies at a fault point; nobody starts it again. */
async function armDecider(points: string, after: number) {
  const folder = await mkdtemp(join(tmpdir(), 'flowplane-fault-'));
  const file = join(folder, 'reached');
  const env = {
    ...first.env,
    FLOWS_COMMAND_ROLES: 'decider',
    PORT: '0',
    FLOWS_FAULT_POINT: points,
    FLOWS_FAULT_AFTER: String(after),
    FLOWS_FAULT_FILE: file,
  };
  const process = spawnService('command-service/dist/main.js', env, join(folder, 'log'));
  // Also when the test fails: a stopped process would stay.
  onTestFinished(async () => {
    await process.close();
    await rm(folder, { recursive: true });
  });
  return {
    process,
    /** Where the first of the points was reached. */
    reached: async () => {
      // The file is there a moment before its line is.
      const line = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
      await waitUntil(`fault point ${points}`, () => Promise.resolve(line().includes('\n')), {
        timeoutMs: 30_000,
        everyMs: 20,
      });
      const [, partition] = line().split(' ');
      return { partition: Number(partition) };
    },
  };
}

/** A load that lasts until the test stops it: whatever it waits for finds commands to decide. */
const ENDLESS = { count: 50_000, concurrency: 60, timeoutMs: 4_000, paceMs: 30 };

/** Waits until an owner that is not there yet has begun to decide on a partition. */
async function nextTermDecides(partition: number): Promise<void> {
  const termsOf = (log: WholeLog) =>
    log.events.filter((record) => record.partition === partition && record.kind === 'epoch' && record.accepted);
  const before = termsOf(await readLog(first.env)).length;
  const decides = async (): Promise<boolean> => {
    const log = await readLog(first.env);
    const marker = termsOf(log)[before];
    return acceptedEvents(log).some(
      (record) => record.partition === partition && marker !== undefined && record.offset > marker.offset,
    );
  };
  await waitUntil(`the next owner of partition ${partition}`, decides, { timeoutMs: 40_000, everyMs: 250 });
}

/** Names of tenants, one for each partition. */
function onePerPartition(prefix: string): readonly string[] {
  const partitions = partitionsOf(first.env);
  return Array.from({ length: partitions }, (_, partition) => {
    for (let n = 0; ; n += 1) if (partitionOf(`${prefix}${n}`, partitions) === partition) return `${prefix}${n}`;
  });
}

describe('the decider, killed', () => {
  it(`in the middle of ${COMMANDS} commands at two instances: exactly one outcome each`, async () => {
    const tenants = await prepareTenants(both[0] as string, ['ka', 'kb', 'kc', 'kd']);
    const before = terms(await readLog(first.env));
    const mix = startMix(both, { tenants, count: COMMANDS, concurrency: 400 });
    await mix.reached(COMMANDS / 4);
    const killed = first.kill('command-service');
    await mix.reached(COMMANDS / 2);
    second.kill('command-service');
    const answers = await mix.done;
    await first.restarted('command-service', killed);
    expect(answers).toHaveLength(COMMANDS);
    expect(repeated(answers)).toBeGreaterThan(0); // the kills hit commands that were under way
    const log = await expectExact();
    expectLimitsReached(log, tenants);
    expect(terms(log)).toBeGreaterThan(before);
  });

  it('as the only instance, and started again by its supervisor: exactly one outcome each', async () => {
    await second.stop('command-service');
    const alone = both.slice(0, 1);
    const tenants = await prepareTenants(alone[0] as string, ['sa', 'sb', 'sc', 'sd']);
    const mix = startMix(alone, { tenants, count: COMMANDS, concurrency: 400 });
    await mix.reached(COMMANDS / 3);
    first.kill('command-service');
    const answers = await mix.done;
    expect(repeated(answers)).toBeGreaterThan(0);
    expectLimitsReached(await expectExact(), tenants);
    await second.start('command-service');
  });
});

describe('the decider, a zombie', () => {
  it('stopped past its session and resumed under load: nothing of it is in the log for any reader', async () => {
    const tenants = await prepareTenants(both[0] as string, ['za', 'zb', 'zc', 'zd']);
    const mix = startMix(both, { tenants, count: COMMANDS, concurrency: 100, timeoutMs: 3_000, paceMs: 20 });
    await mix.reached(COMMANDS / 7);
    const before = terms(await readLog(first.env));
    first.kill('command-service', 'SIGSTOP');
    // The group gives the partitions to somebody else when the session is over.
    await waitUntil('another owner', async () => terms(await readLog(first.env)) > before, {
      timeoutMs: 30_000,
      everyMs: 250,
    });
    first.kill('command-service', 'SIGCONT');
    const answers = await mix.done;
    expect(repeated(answers)).toBeGreaterThan(0);
    const log = await expectExact();
    expectLimitsReached(log, tenants);
    // The broker fence: readers that do not know the rule see the truth as well.
    expect(zombieEvents(log)).toEqual([]);
  });

  it('stopped with decided events in its hands, resumed after the next owner decided: the broker refuses them', async () => {
    const fault = await armDecider('mid-batch-stop', 10);
    const tenants = await prepareTenants(both[0] as string, onePerPartition('m'));
    const mix = startMix(both, { tenants, ...ENDLESS });
    const { partition } = await fault.reached();
    await nextTermDecides(partition);
    fault.process.signal('SIGCONT');
    mix.stop();
    await mix.done;
    const log = await expectExact();
    expect(zombieEvents(log)).toEqual([]);
  });

  it('stopped before its marker, resumed after the next owner decided, killed right after marking', async () => {
    const tenants = await prepareTenants(both[0] as string, onePerPartition('l'));
    const mix = startMix(both, { tenants, ...ENDLESS });
    await mix.reached(50);
    const fault = await armDecider('before-marker-stop,after-marker-exit', 1);
    const { partition } = await fault.reached();
    await nextTermDecides(partition);
    fault.process.signal('SIGCONT');
    expect(await fault.process.ended).toBe('SIGKILL');
    mix.stop();
    await mix.done;
    const log = await expectExact();
    // The late marker is in the log, and no reader takes it for one.
    const refused = log.events.filter(({ kind, accepted }) => kind === 'epoch' && !accepted);
    expect(refused.map((record) => record.partition)).toContain(partition);
    expect(zombieEvents(log)).toEqual([]);
  });

  it('whose late write got past the fence: readers ignore it, the owner goes on, a reader without the rule sees it', async () => {
    const caller = { tenantId: 'ghosted', workspaceId: 'ghosted-w' };
    const client = makeApiClient(both[0] as string, caller);
    expectStatus(await client.call('POST', '/flows', { body: { name: 'real', flowId: 'real' } }), 201);
    const real = acceptedEvents(await readLog(first.env)).find(({ event }) => event.meta.tenantId === 'ghosted');
    if (real === undefined) throw new Error('the flow that was just created is not in the log');
    await writeAsFormerOwner(caller, real.event);

    const after = await client.call<FlowBody>('POST', '/flows', { body: { name: 'next', flowId: 'next' } });
    expectStatus(after, 201);
    expect((await client.call<Problem>('GET', '/flows/ghost')).status).toBe(404);
    const created = await client.call('POST', '/flows', { body: { name: 'ghost', flowId: 'ghost' } });
    expectStatus(created, 201);
    const log = await expectExact();
    expect(zombieEvents(log).map((record) => record.kind === 'event' && record.event.meta.commandId)).toEqual([
      'a command that never was',
    ]);
  });

  /** Appends an event as an owner does that has lost its partition and does not know it, without any fence. */
  async function writeAsFormerOwner(caller: Caller, like: Event): Promise<void> {
    const partition = partitionOf(caller.tenantId, partitionsOf(first.env));
    const meta = { ...like.meta, commandId: 'a command that never was', eventId: randomUUID() };
    const ghost = { ...like, meta, data: { ...like.data, flowId: 'ghost' } } as Event;
    await withLog(first.env, async (kafka) => {
      const topic = topicNames(first.env['FLOWS_TOPIC_PREFIX'] ?? '').events;
      const producer = makeBatchProducer(kafka, { topic });
      const log = packLogHeader({ epoch: 1, owner: randomUUID(), commandOffset: like.meta.commandOffset, index: 0 });
      const headers = { [HEADER.id]: meta.eventId, [HEADER.type]: ghost.type, [HEADER.log]: log };
      await producer.append({ partition, key: caller.tenantId, value: encodeEvent(ghost), headers });
      await producer.close();
    });
  }
});
