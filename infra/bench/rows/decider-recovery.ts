import { stateDatabaseUrl } from '@flowplane/plumbing/config';
import { makePool } from '@flowplane/plumbing/postgres';
import type { IsolatedServices } from '@flowplane/stack';
import { openLog, type LogAccess } from '../load/log-access.js';
import { commandRecord, runCommands, tenantIn } from '../load/run-commands.js';
import { BUSY_PARTITION, decideAll, fillBacklog, isMarker, openQuietDecider, readBusy } from './decider-backlog.js';
import { repeat, type RowContext } from './row.js';
import { readServiceLog, termSince } from './service-log.js';

export type Recovery = { readonly events: number; readonly withSeconds: number; readonly withoutSeconds: number };

/** Restarts the decider over a long partition, with its snapshots and without. */
export async function measureRecovery(context: RowContext): Promise<readonly Recovery[]> {
  const services = await openQuietDecider(context);
  const log = await openLog(services.env);
  try {
    const commands = await fillBacklog(context, log, context.isQuick ? 300 : 200_000);
    await decideAll(context, services, log, commands);
    await services.stop('command-service');
    return await repeat(context, 'recovery', async () => {
      const withSeconds = await recoverOnce(context, services, log, true);
      await deleteSnapshots(services);
      const withoutSeconds = await recoverOnce(context, services, log, false);
      const events = (await readBusy(log)).length;
      return { events, withSeconds, withoutSeconds };
    });
  } finally {
    await log.close();
    await services.close();
  }
}

/** Seconds from the assignment to the first decision, of a command that waits when the decider starts. */
async function recoverOnce(
  context: RowContext,
  services: IsolatedServices,
  log: LogAccess,
  withSnapshot: boolean,
): Promise<number> {
  const tenant = tenantIn(BUSY_PARTITION, log.partitions);
  const producer = log.producer('commands');
  await producer.append(commandRecord(tenant, runCommands(tenant)[0]));
  await producer.close();
  const startedAt = Date.now();
  await decideAll(context, services, log, 1);
  const first = (await readBusy(log)).findLast((record) => !isMarker(record));
  if (first === undefined || first.timestamp < startedAt) throw new Error('the waiting command was not decided');
  const term = termSince(readServiceLog(services.logOf('command-service')), BUSY_PARTITION, startedAt);
  if (term.hadSnapshot !== withSnapshot) throw new Error(`expected a start with${withSnapshot ? '' : 'out'} snapshot`);
  await services.stop('command-service');
  return (first.timestamp - term.assignedAtMs) / 1000;
}

/** A snapshot is a cache: without it only time changes. */
async function deleteSnapshots(services: IsolatedServices): Promise<void> {
  const url = stateDatabaseUrl(services.env['FLOWS_DB_URL'] ?? '', services.env['FLOWS_STATE_DB_URL']);
  const pool = makePool(url, { max: 1, applicationName: 'bench' });
  try {
    await pool.query('TRUNCATE command.snapshot_partitions, command.snapshot_tenants');
  } finally {
    await pool.end();
  }
}
