import type { ReadPosition } from '@flowplane/contracts';
import { inTransaction, type Pool, type Queryable } from '@flowplane/plumbing/postgres';
import type { OwnersInLog } from './owners-in-log.js';

/** Where each partition of the events topic with `topicId` was read to. */
export type OwnerPositions = {
  readonly topicId: string;
  readonly partitions: ReadonlyMap<number, ReadPosition>;
};

/** The positions beside the table of owners, in schema `tenancy`. */
export type OwnerStore = {
  /** @returns undefined where the table of owners has fewer than it had with the positions: it says nothing then */
  readonly load: () => Promise<OwnerPositions | undefined>;
  /** Enters what was read up to the positions, and the positions, at once. An owner that is confirmed already stays the owner. */
  readonly enter: (found: OwnersInLog, read: OwnerPositions) => Promise<void>;
  /** Positions that are further than those kept; a number of owners that is lower than the one kept is not believed. */
  readonly advance: (read: OwnerPositions) => Promise<void>;
  /** There are as many owners as there should be: a teardown has removed some. */
  readonly recount: () => Promise<void>;
};

const COUNT = '(SELECT count(*) FROM tenancy.workspace_owners WHERE confirmed_at IS NOT NULL)';
const LOAD = `
  SELECT partition, topic_id AS "topicId", next_offset::float8 AS "offset", epoch::float8, owner,
         owners > ${COUNT} AS "isShort"
    FROM tenancy.owner_positions`;
const GIVE_UP = `
  DELETE FROM tenancy.workspace_owners o USING unnest($1::text[], $2::float8[]) AS p (tenant_id, at)
   WHERE o.tenant_id = p.tenant_id AND o.claimed_at < to_timestamp(p.at / 1000)`;
const ENTER = `
  INSERT INTO tenancy.workspace_owners AS o (workspace_id, tenant_id, claimed_at, confirmed_at)
  SELECT workspace_id, tenant_id, to_timestamp(since / 1000), now()
    FROM unnest($1::text[], $2::text[], $3::float8[]) AS f (workspace_id, tenant_id, since)
      ON CONFLICT (workspace_id) DO UPDATE SET tenant_id = EXCLUDED.tenant_id, confirmed_at = now()
   WHERE o.confirmed_at IS NULL`;
const KEEP = `
  INSERT INTO tenancy.owner_positions AS k (partition, topic_id, next_offset, epoch, owner, owners)
  SELECT partition, $1, next_offset, epoch, owner, ${COUNT}
    FROM unnest($2::int[], $3::bigint[], $4::bigint[], $5::text[]) AS r (partition, next_offset, epoch, owner)
      ON CONFLICT (partition) DO UPDATE
     SET topic_id = EXCLUDED.topic_id, next_offset = EXCLUDED.next_offset, epoch = EXCLUDED.epoch, owner = EXCLUDED.owner,`;
const KEEP_EXACTLY = `${KEEP} owners = EXCLUDED.owners`;
const KEEP_FURTHER = `${KEEP} owners = greatest(k.owners, EXCLUDED.owners)
   WHERE k.topic_id = EXCLUDED.topic_id AND k.next_offset < EXCLUDED.next_offset`;
const RECOUNT = `UPDATE tenancy.owner_positions SET owners = ${COUNT}`;
/** Owners of one statement. */
const CHUNK = 10_000;

type PositionRow = ReadPosition & {
  readonly partition: number;
  readonly topicId: string;
  readonly isShort: boolean;
};

export function makeOwnerStore(statePool: Pool): OwnerStore {
  const keep = async (db: Queryable, text: string, { topicId, partitions }: OwnerPositions): Promise<void> => {
    const read = [...partitions].map(([partition, position]) => ({ partition, ...position }));
    await db.query(text, [
      topicId,
      read.map(({ partition }) => partition),
      read.map(({ offset }) => offset),
      read.map(({ epoch }) => epoch),
      read.map(({ owner }) => owner),
    ]);
  };
  return {
    load: async () => {
      const { rows } = await statePool.query<PositionRow>(LOAD);
      const [first] = rows;
      if (first === undefined || rows.some((row) => row.isShort || row.topicId !== first.topicId)) return undefined;
      const partitions = rows.map(
        ({ partition, offset, epoch, owner }) => [partition, { offset, epoch, owner }] as const,
      );
      return { topicId: first.topicId, partitions: new Map(partitions) };
    },
    enter: (found, read) =>
      inTransaction(statePool, async (client) => {
        const purges = found.purges();
        await client.query(GIVE_UP, [purges.map(({ tenantId }) => tenantId), purges.map(({ at }) => at)]);
        const owners = found.owners();
        for (let from = 0; from < owners.length; from += CHUNK) {
          const some = owners.slice(from, from + CHUNK);
          await client.query(ENTER, [
            some.map(({ workspaceId }) => workspaceId),
            some.map(({ tenantId }) => tenantId),
            some.map(({ since }) => since),
          ]);
        }
        await keep(client, KEEP_EXACTLY, read);
      }),
    advance: (read) => keep(statePool, KEEP_FURTHER, read),
    recount: async () => {
      await statePool.query(RECOUNT);
    },
  };
}
