import type { ReadPosition } from '@flowplane/contracts';
import { inTransaction, type Pool, type PoolClient } from '@flowplane/plumbing/postgres';
import { SNAPSHOT_FORMAT, stateFromJson, type TenantState } from '../domain/index.js';

/** Which log a snapshot is of. */
export type SnapshotKey = { readonly eventsTopicId: string; readonly partition: number };

export type PartitionSnapshot = {
  readonly position: ReadPosition;
  readonly lastCommandOffset: number;
  readonly commandsTopicId: string;
};
/** `state` is the text of `stateToJson`, null where nothing is left; events of the tenant below `asOf` are in it. */
export type TenantSnapshot = { readonly tenantId: string; readonly asOf: number; readonly state: string | null };
export type LoadedTenant = { readonly tenantId: string; readonly asOf: number; readonly state: TenantState };
export type LoadedSnapshot = PartitionSnapshot & { readonly tenants: readonly LoadedTenant[] };

export type SnapshotStore = {
  /**
   * Undefined when there is none of the present format.
   *
   * @throws Error when it cannot be read, or holds what is no state
   */
  readonly load: (key: SnapshotKey) => Promise<LoadedSnapshot | undefined>;
  /**
   * Writes the partition's position and the changed tenants in one transaction.
   *
   * @param base position offset of the snapshot these changes come after; undefined: `tenants` are all there are
   * @returns `newer`: another owner's snapshot is further and stays; `lost`: the base is gone, all tenants are needed
   */
  readonly save: (
    key: SnapshotKey,
    snapshot: PartitionSnapshot,
    tenants: readonly TenantSnapshot[],
    base: number | undefined,
  ) => Promise<'saved' | 'newer' | 'lost'>;
  /** Deletes the snapshot of a partition. */
  readonly discard: (key: SnapshotKey) => Promise<void>;
};

const SELECT_PARTITION = `
SELECT position_offset, epoch, owner, last_command_offset, commands_topic_id, format
FROM command.snapshot_partitions WHERE events_topic_id = $1 AND partition = $2`;

const SELECT_TENANTS = `
SELECT tenant_id, as_of_offset, state FROM command.snapshot_tenants WHERE events_topic_id = $1 AND partition = $2`;

const UPSERT_PARTITION = `
INSERT INTO command.snapshot_partitions
  (events_topic_id, partition, format, position_offset, epoch, owner, last_command_offset, commands_topic_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (events_topic_id, partition) DO UPDATE SET
  format = excluded.format, position_offset = excluded.position_offset, epoch = excluded.epoch,
  owner = excluded.owner, last_command_offset = excluded.last_command_offset,
  commands_topic_id = excluded.commands_topic_id, written_at = now()`;

const UPSERT_TENANTS = `
INSERT INTO command.snapshot_tenants (events_topic_id, partition, tenant_id, as_of_offset, state)
SELECT $1, $2, tenant_id, as_of_offset, state
FROM unnest($3::text[], $4::bigint[], $5::text[]) AS changed (tenant_id, as_of_offset, state)
ON CONFLICT (events_topic_id, partition, tenant_id) DO UPDATE SET
  as_of_offset = excluded.as_of_offset, state = excluded.state`;

const DELETE_BLANK = `
DELETE FROM command.snapshot_tenants
WHERE events_topic_id = $1 AND partition = $2 AND tenant_id = ANY ($3)`;

const DELETE_TENANTS = `DELETE FROM command.snapshot_tenants WHERE events_topic_id = $1 AND partition = $2`;

const DELETE_PARTITION = `DELETE FROM command.snapshot_partitions WHERE events_topic_id = $1 AND partition = $2`;

const ROWS_PER_STATEMENT = 500;

type PartitionRow = {
  readonly position_offset: string;
  readonly epoch: string;
  readonly owner: string;
  readonly last_command_offset: string;
  readonly commands_topic_id: string;
  readonly format: number;
};
type TenantRow = { readonly tenant_id: string; readonly as_of_offset: string; readonly state: string };

/** Snapshots in schema `command` of the state database. */
export function makeSnapshotStore(pool: Pool): SnapshotStore {
  return {
    load: (key) => load(pool, key),
    save: (key, snapshot, tenants, base) => inTransaction(pool, (client) => save(client, key, snapshot, tenants, base)),
    discard: ({ eventsTopicId, partition }) =>
      inTransaction(pool, async (client) => {
        await client.query(DELETE_TENANTS, [eventsTopicId, partition]);
        await client.query(DELETE_PARTITION, [eventsTopicId, partition]);
      }),
  };
}

/** One transaction of one snapshot of the database, so that partition and tenants belong together. */
async function load(pool: Pool, { eventsTopicId, partition }: SnapshotKey): Promise<LoadedSnapshot | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const row = (await client.query<PartitionRow>(SELECT_PARTITION, [eventsTopicId, partition])).rows[0];
    if (row === undefined || row.format !== SNAPSHOT_FORMAT) return undefined;
    const tenants = await client.query<TenantRow>(SELECT_TENANTS, [eventsTopicId, partition]);
    return {
      position: { offset: Number(row.position_offset), epoch: Number(row.epoch), owner: row.owner },
      lastCommandOffset: Number(row.last_command_offset),
      commandsTopicId: row.commands_topic_id,
      tenants: tenants.rows.map((tenant) => ({
        tenantId: tenant.tenant_id,
        asOf: Number(tenant.as_of_offset),
        state: stateFromJson(tenant.state),
      })),
    };
  });
}

async function save(
  client: PoolClient,
  key: SnapshotKey,
  snapshot: PartitionSnapshot,
  tenants: readonly TenantSnapshot[],
  base: number | undefined,
): Promise<'saved' | 'newer' | 'lost'> {
  const { eventsTopicId, partition } = key;
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1), $2)', [`snapshot/${eventsTopicId}`, partition]);
  const { rows } = await client.query<PartitionRow>(SELECT_PARTITION, [eventsTopicId, partition]);
  const existing = rows[0]?.format === SNAPSHOT_FORMAT ? Number(rows[0].position_offset) : undefined;
  if (existing !== undefined && existing > snapshot.position.offset) return 'newer';
  if (base !== undefined && (existing === undefined || existing < base)) return 'lost';
  if (base === undefined) await client.query(DELETE_TENANTS, [eventsTopicId, partition]);
  const [kept, blank] = [tenants.filter(({ state }) => state !== null), tenants.filter(({ state }) => state === null)];
  const blankIds = blank.map(({ tenantId }) => tenantId);
  if (blankIds.length > 0) await client.query(DELETE_BLANK, [eventsTopicId, partition, blankIds]);
  for (let from = 0; from < kept.length; from += ROWS_PER_STATEMENT) {
    const some = kept.slice(from, from + ROWS_PER_STATEMENT);
    const columns = [some.map((one) => one.tenantId), some.map((one) => one.asOf), some.map((one) => one.state)];
    await client.query(UPSERT_TENANTS, [eventsTopicId, partition, ...columns]);
  }
  const { position, lastCommandOffset, commandsTopicId } = snapshot;
  const place = [position.offset, position.epoch, position.owner, lastCommandOffset, commandsTopicId];
  await client.query(UPSERT_PARTITION, [eventsTopicId, partition, SNAPSHOT_FORMAT, ...place]);
  return 'saved';
}
