import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { judgeRecord, START_OF_LOG, topicNames, unpackLogHeader, type ReadPosition } from '@flowplane/contracts';
import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closedRun, makeApiClient, publishFlow, startRun, type ApiClient } from './driver/api-client.js';
import { prepareTenants, startMix } from './driver/command-mix.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { exampleFlow } from './driver/definitions.js';
import { checkLog } from './driver/log-check.js';
import { readLog, type WholeLog } from './driver/log-reader.js';
import { settledLog } from './driver/settled-log.js';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const PAST_SESSION_MS = 5_000;

let called: CalledServer;
let services: IsolatedServices;
let second: IsolatedServices;
let alice: ApiClient;
let eventsTopic: string;

beforeAll(async () => {
  await run('kcat', ['-V']).catch(() => {
    throw new Error('kcat is not installed, and these tests are about it: apt-get install kcat');
  });
  called = await startCalledServer();
  services = await startServices({ env: { FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort } });
  second = await startServices({ env: services.env, only: ['command-service'] });
  alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' });
  eventsTopic = topicNames(services.env['FLOWS_TOPIC_PREFIX'] ?? '').events;
});

afterAll(async () => {
  await second?.stop('command-service');
  await services?.close();
  await second?.close();
  await called?.close();
});

type ForeignRecord = {
  readonly partition: number;
  readonly offset: number;
  readonly type: string;
  readonly log: string;
};

/** The topic as kcat shows it. */
async function readWithKcat(): Promise<readonly ForeignRecord[]> {
  const args = ['-b', services.env['KAFKA_BROKERS'] ?? '', '-t', eventsTopic, '-C', '-e', '-q', '-f', '%p\t%o\t%h\n'];
  const { stdout } = await run('kcat', args, { maxBuffer: MAX_OUTPUT_BYTES });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [partition, offset, headers = ''] = line.split('\t');
      const named = new Map(headers.split(',').map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]));
      return {
        partition: Number(partition),
        offset: Number(offset),
        type: named.get('ce_type') ?? '',
        log: named.get('flowlog') ?? '',
      };
    })
    .toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** Events in kcat's view whose owner was not the owner any more. */
function eventsOfZombies(records: readonly ForeignRecord[]): readonly ForeignRecord[] {
  const positions = new Map<number, ReadPosition>();
  return records.filter((record) => {
    const before = positions.get(record.partition) ?? START_OF_LOG;
    const isMarker = record.type === 'EpochStarted';
    const { accepted, position } = judgeRecord(before, record.offset, isMarker, unpackLogHeader(record.log));
    positions.set(record.partition, position);
    return !accepted && !isMarker;
  });
}

const places = (records: readonly { readonly partition: number; readonly offset: number }[]): readonly string[] =>
  records.map(({ partition, offset }) => `${partition}@${offset}`);

/** Our own reading of what kcat read a moment ago: records that came since are left out. */
async function oursAsFarAs(seen: readonly ForeignRecord[]): Promise<readonly string[]> {
  const ends = new Map(seen.map(({ partition, offset }) => [partition, offset]));
  const { events } = await readLog(services.env);
  return places(events.filter(({ partition, offset }) => offset <= (ends.get(partition) ?? -1)));
}

async function auditOf(executionId: string): Promise<string> {
  const script = fileURLToPath(new URL('../../docs/examples/read-the-log.mjs', import.meta.url));
  const args = [script, executionId, services.env['KAFKA_BROKERS'] ?? '', eventsTopic];
  return (await run(process.execPath, args, { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
}

it('kcat reads as many records as we do, and the consumer of the docs prints the audit of a run', async () => {
  await publishFlow(alice, 'example', exampleFlow(called.url));
  const { executionId } = await startRun(alice, 'example', { amount: 5 });
  await closedRun(alice, 'example', executionId);
  const seen = await readWithKcat();
  expect(seen.length).toBeGreaterThan(5);
  expect(places(seen)).toEqual(await oursAsFarAs(seen));

  const audit = await auditOf(executionId);
  const names = [...audit.matchAll(/^\d{4}-\S+Z (\w+) by/gm)].map(([, name]) => name);
  expect(names).toEqual(['ExecutionRequested', 'ExecutionStarted', 'ExecutionClosed']);
  expect(audit).toContain('ExecutionRequested by alice');
  expect(audit).toContain('Completed');
  expect(await auditOf('acme:acme-main:example:none')).toBe('');
});

it('neither sees a record of a zombie: the broker refuses it', async () => {
  const urls = [services.urls['command-service'], second.urls['command-service']];
  const tenants = await prepareTenants(urls[0] as string, ['xa', 'xb', 'xc', 'xd']);
  const mix = startMix(urls, { tenants, count: 800, concurrency: 40, timeoutMs: 3_000, paceMs: 20 });
  await mix.reached(100);
  const epochs = (log: WholeLog): number => log.events.filter(({ kind }) => kind === 'epoch').length;
  const before = epochs(await readLog(services.env));
  services.kill('command-service', 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, PAST_SESSION_MS));
  await waitUntil('another owner', async () => epochs(await readLog(services.env)) > before, {
    timeoutMs: 30_000,
    everyMs: 250,
  });
  services.kill('command-service', 'SIGCONT');
  await mix.done;
  const log = await settledLog(services.env);
  expect(checkLog(log, {})).toEqual([]);

  const seen = await readWithKcat();
  expect(places(seen)).toEqual(await oursAsFarAs(seen));
  expect(seen.length).toBeGreaterThanOrEqual(log.events.length);
  expect(eventsOfZombies(seen)).toEqual([]);
  // A reader that took every record for true, as both of these do, would have counted each command once.
  expect(log.events.filter(({ kind, accepted }) => kind === 'event' && !accepted)).toEqual([]);
});
