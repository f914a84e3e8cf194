import { chown, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makePool } from '@flowplane/plumbing/postgres';
import { startServices, startStack, waitUntil, type IsolatedServices, type IsolatedStack } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeApiClient, publishFlow, startRun, type ApiClient } from './driver/api-client.js';
import { approvalsFlow } from './driver/approvals.js';
import { waitFlow } from './driver/definitions.js';
import { startLoad } from './driver/full-disk-load.js';
import { inParallel } from './driver/load.js';
import { checkLog } from './driver/log-check.js';
import { acceptedEvents } from './driver/log-reader.js';
import { readinessOf, type Readiness } from './driver/readiness.js';
import { bothTotals, logOnceRunsEnded } from './driver/settled-log.js';
import { mountSmallDisk, type SmallDisk } from './driver/small-disk.js';

const WAITING = 6;
/** Each with `Retry-After`. */
const CLEAR_REFUSALS: readonly string[] = ['503 OVERLOADED', '503 STORE_UNAVAILABLE', '503 LOG_UNAVAILABLE'];
/** More than a log of this stack holds before it begins another file. */
const MAX_WAL_WRITES = 500;

const disks: SmallDisk[] = [];
let stack: IsolatedStack;
let services: IsolatedServices;
let readiness: Readiness;
let client: ApiClient;

beforeAll(async () => {
  for (let disk = 0; disk < 3; disk += 1) disks.push(await mountSmallDisk());
  const [databases, wal, log] = disks as [SmallDisk, SmallDisk, SmallDisk];
  stack = await startStack({ disks: { kafkaData: join(log.folder, 'data'), postgresWal: join(wal.folder, 'wal') } });
  await putNewDatabasesOn(databases);
  services = await startServices({ endpoints: stack.endpoints, env: { FLOWS_QUOTAS: 'off' } });
  readiness = readinessOf(services);
  client = makeApiClient(services.url, { tenantId: 'full', workspaceId: 'full-main' });
  await publishFlow(client, 'short', waitFlow('PT0S'));
  await publishFlow(client, 'review', approvalsFlow([{ id: 'review' }]));
});

afterAll(async () => {
  for (const disk of disks) await disk.empty();
  await services?.close();
  await stack?.close();
  for (const disk of disks) await disk.unmount();
});

/** Databases are copies of `template1`, and lie where it does. */
async function putNewDatabasesOn({ folder }: SmallDisk): Promise<void> {
  const tablespace = join(folder, 'databases');
  const owner = await stat(stack.postgresData);
  await mkdir(tablespace);
  await chown(tablespace, owner.uid, owner.gid);
  await inPostgres(`CREATE TABLESPACE small LOCATION '${tablespace}'`);
  await inPostgres('ALTER DATABASE template1 SET TABLESPACE small');
}

async function inPostgres(statement: string): Promise<void> {
  const pool = makePool(stack.endpoints.dbUrl, { max: 1, applicationName: 'full-disk' });
  try {
    await pool.query(statement);
  } finally {
    await pool.end();
  }
}

/** Another database of the same server writes, until the log needs a new file and has no room for it. */
async function writeUntilPostgresEnds(): Promise<void> {
  for (let write = 0; write < MAX_WAL_WRITES; write += 1) {
    try {
      await inPostgres("SELECT pg_logical_emit_message(false, 'full-disk', repeat('x', 500000))");
    } catch {
      return;
    }
  }
  throw new Error(`PostgreSQL still writes after ${MAX_WAL_WRITES} times 500 kB`);
}

async function loggedBy(part: 'postgres' | 'kafka', text: RegExp): Promise<void> {
  const isThere = async (): Promise<boolean> => (await readFile(stack.logOf(part), 'utf8')).search(text) >= 0;
  await waitUntil(`${text} in the log of ${part}`, isThere, { timeoutMs: 60_000, everyMs: 100 });
}

/** Fills a disk under load, sees to it that everybody says so, and makes room again: nothing may be lost or fail. */
async function expectNothingLost(
  disk: SmallDisk | undefined,
  missing: 'store' | 'log',
  isNoticed: () => Promise<void>,
): Promise<void> {
  await readiness.untilEveryone('200');
  const waiting = await inParallel(WAITING, 2, () => startRun(client, 'review'));
  const before = readiness.pids();
  const ids = waiting.map(({ executionId }) => executionId);
  const load = startLoad(client, ids);
  await load.more(5);

  await disk?.fill();
  await isNoticed();
  await readiness.untilEveryone(`503 ${missing}`);
  expect(await readiness.health()).toEqual(readiness.everyone(200));
  // Without the log a command waits for it for 30 s before it is refused.
  if (missing === 'store') await load.refused();

  await disk?.empty();
  await readiness.untilEveryone('200');
  await load.more(5);
  const { accepted, refusals } = await load.end();
  process.stdout.write(`${accepted.length} commands accepted; refused: ${refusals.join(', ')}\n`);
  expect(refusals.filter((refusal) => !CLEAR_REFUSALS.includes(refusal))).toEqual([]);
  const { log } = await logOnceRunsEnded(services.env);
  expect(checkLog(log, {})).toEqual([]);
  const events = acceptedEvents(log).map(({ event }) => event);
  const taken = new Set(events.map(({ meta }) => meta.idempotency?.key));
  expect(accepted.filter((key) => !taken.has(key))).toEqual([]);
  const ends = events.flatMap((event) => (event.type === 'ExecutionClosed' ? [event.data.status] : []));
  expect(ends.filter((status) => status !== 'Completed')).toEqual([]);
  const totals = await bothTotals(services.env, log);
  expect(totals.read).toEqual(totals.log);
  expect(readiness.pids()).toEqual(before);
}

it('a full disk under the databases: commands are refused, accepted ones wait, and nothing fails', async () => {
  await expectNothingLost(disks[0], 'store', () => loggedBy('postgres', /could not extend file .* No space left/));
});

it('a full disk under the log of PostgreSQL, which ends it: it comes back when there is room, and nothing fails', async () => {
  await expectNothingLost(disks[1], 'store', async () => {
    await writeUntilPostgresEnds();
    await loggedBy('postgres', /PANIC: .* No space left/);
  });
});

it('a full disk under Kafka, which ends it: it comes back when there is room, and nothing accepted is lost', async () => {
  await expectNothingLost(disks[2], 'log', () => loggedBy('kafka', /No space left/));
});
