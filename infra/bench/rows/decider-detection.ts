import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil, type IsolatedServices } from '@flowplane/stack';
import { atRate } from '../load/in-parallel.js';
import { openLog, type LogAccess } from '../load/log-access.js';
import { commandRecord, flowCommands, runCommands, tenantIn, type BenchTenant } from '../load/run-commands.js';
import { isMarker } from './decider-backlog.js';
import { repeat, type RowContext } from './row.js';

const COMMANDS_PER_SECOND_AND_PARTITION = 50;
const BEFORE_KILL_MS = 1000;
const AFTER_KILL_MS = 10_000;
const OWNED_TIMEOUT_MS = 60_000;

/**
 * Kills one of two deciders while every partition gets a trickle of commands.
 *
 * @returns per repetition the seconds from the kill to the first decision in the partition that waited longest
 */
export async function measureDetection(context: RowContext): Promise<readonly number[]> {
  const first = await context.system.startServices({ only: ['projection-service', 'command-service'] });
  const second = await context.system.startServices({ only: ['command-service'], env: first.env });
  const log = await openLog(first.env);
  try {
    return await repeat(context, 'kill -9 of one of two owners', async (index) => {
      const [victim, other] = index % 2 === 0 ? [first, second] : [second, first];
      await bothOwn([victim, other], log.partitions);
      const seconds = await context.progress.step('trickle, kill, trickle', 8, () => killUnderTrickle(victim, log));
      await victim.start('command-service');
      return seconds;
    });
  } finally {
    await log.close();
    await second.close();
    await first.close();
  }
}

async function killUnderTrickle(victim: IsolatedServices, log: LogAccess): Promise<number> {
  const tenants = Array.from({ length: log.partitions }, (_, partition) => tenantIn(partition, log.partitions));
  const before = await log.ends('events');
  const producer = log.producer('commands');
  // Starts of runs of a tenant's flow; where there is none yet, their refusals are decisions as well.
  for (const tenant of tenants) {
    for (const command of flowCommands(tenant)) await producer.append(commandRecord(tenant, command));
  }
  const append = (tenant: BenchTenant) => producer.append(commandRecord(tenant, runCommands(tenant)[0]));
  const trickle = atRate(COMMANDS_PER_SECOND_AND_PARTITION, BEFORE_KILL_MS + AFTER_KILL_MS, (count) =>
    Array.from({ length: count }, () => tenants.map(append)).flat(),
  );
  const kill = async (): Promise<number> => {
    await sleep(BEFORE_KILL_MS);
    const at = Date.now();
    victim.kill('command-service');
    await victim.stop('command-service'); // so that its supervisor does not start it again
    return at;
  };
  const [killedAt] = await Promise.all([kill(), trickle]);
  await producer.close();
  const after = await log.read('events', before, await log.ends('events'));
  const waits = [...after].map(([partition, records]) => {
    const next = records.find((record) => !isMarker(record) && record.timestamp > killedAt);
    if (next === undefined) throw new Error(`partition ${partition} was not decided within ${AFTER_KILL_MS} ms`);
    return next.timestamp - killedAt;
  });
  return Math.max(...waits) / 1000;
}

/** Waits until each of the two decides some partitions, and both together all of them. */
async function bothOwn(pair: readonly IsolatedServices[], partitions: number): Promise<void> {
  await waitUntil(
    'two owners',
    async () => {
      const owned = await Promise.all(pair.map((services) => ownedBy(services.urls['command-service'])));
      return owned.every((count) => count > 0) && owned.reduce((sum, count) => sum + count, 0) === partitions;
    },
    { timeoutMs: OWNED_TIMEOUT_MS, everyMs: 200 },
  );
}

async function ownedBy(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { 'x-correlation-id': randomUUID() } });
  const line = (await response.text()).split('\n').find((text) => text.startsWith('flows_decider_partitions '));
  return Number(line?.split(' ')[1] ?? 0);
}
