import { partitionOf } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic, type Periodic } from '@flowplane/plumbing/periodic';
import type { CommandLog } from '@flowplane/runtime/commands';
import type { Reservation, WorkspaceOwners } from '@flowplane/runtime/tenancy';

/** How long a reservation of a workspace is kept without an accepted command, ms. */
const RESERVATION_MS = 600_000;
const INTERVAL_MS = 60_000;

export type SweepOptions = {
  readonly owners: Pick<WorkspaceOwners, 'abandoned' | 'free' | 'confirm'>;
  readonly log: Pick<CommandLog, 'undecided' | 'partitions'>;
  /** Whether the tenant has anything in the workspace, as far as the read models have come. */
  readonly isInUse: (reservation: Reservation) => Promise<boolean>;
};

/**
 * One look at reservations whose command was never heard of: what is in use is confirmed, and what was not in use at
 * the look before either is given back. While commands of the tenant's partition are undecided nothing is.
 *
 * @param seen names of what was not in use at the look before; replaced by this one's
 */
export async function sweepReservations({ owners, log, isInUse }: SweepOptions, seen: Set<string>): Promise<void> {
  const unused = new Set<string>();
  for (const reservation of await owners.abandoned(RESERVATION_MS)) {
    const { workspaceId, tenantId } = reservation;
    const name = `${tenantId}/${workspaceId}`;
    if (await isInUse(reservation)) await owners.confirm(workspaceId, tenantId);
    else if (log.undecided(partitionOf(tenantId, log.partitions)) > 0) continue;
    else if (seen.has(name)) await owners.free(reservation, RESERVATION_MS);
    else unused.add(name);
  }
  seen.clear();
  for (const name of unused) seen.add(name);
}

export function startReservationSweep(options: SweepOptions & { readonly logger: Pick<Logger, 'warn'> }): Periodic {
  const seen = new Set<string>();
  return startPeriodic({
    intervalMs: INTERVAL_MS,
    work: () => sweepReservations(options, seen),
    onFault: (err) => options.logger.warn({ err }, 'reservations of workspaces could not be looked through'),
  });
}
