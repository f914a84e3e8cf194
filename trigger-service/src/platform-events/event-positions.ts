import { fileURLToPath } from 'node:url';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import type { EventRegistration } from '@flowplane/runtime/read-model';

/** Place of a registration in one partition of a topic. */
export type PlaceOfTrigger = {
  readonly registration: EventRegistration;
  readonly topicId: string;
  readonly partition: number;
};

/** Positions of triggers in the state database: everything below one is decided for good. */
export type EventPositions = {
  /** Positions of a registration in a topic, by partition; those it has never written are absent. */
  readonly load: (registration: EventRegistration, topicId: string) => Promise<ReadonlyMap<number, number>>;
  readonly save: (positions: readonly (PlaceOfTrigger & { readonly nextOffset: number })[]) => Promise<void>;
  /** Number of a topic among those of its name, from 1. The same for everybody who asks. */
  readonly incarnationOf: (topic: string, topicId: string) => Promise<number>;
};

export async function migrateTriggers(statePool: Pool): Promise<void> {
  const directory = fileURLToPath(new URL('../../migrations/state', import.meta.url));
  await migrate(statePool, { schema: 'triggers', directory });
}

export function makeEventPositions(pool: Pool): EventPositions {
  const incarnations = new Map<string, number>();
  return {
    load: async ({ tenantId, workspaceId, triggerId, since }, topicId) => {
      const { rows } = await pool.query<{ partition: number; next_offset: string }>(
        `SELECT partition, next_offset FROM triggers.event_positions
          WHERE tenant_id = $1 AND workspace_id = $2 AND trigger_id = $3 AND since = $4 AND topic_id = $5`,
        [tenantId, workspaceId, triggerId, since, topicId],
      );
      return new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
    },
    save: async (positions) => {
      if (positions.length > 0) await pool.query(SAVE, [JSON.stringify(positions.map(positionRow))]);
    },
    incarnationOf: async (topic, topicId) => {
      const key = `${topic}/${topicId}`;
      for (;;) {
        const known = incarnations.get(key);
        if (known !== undefined) return known;
        await pool.query(CLAIM_INCARNATION, [topic, topicId]);
        const { rows } = await pool.query<{ incarnation: number }>(
          'SELECT incarnation FROM triggers.event_topics WHERE topic = $1 AND topic_id = $2',
          [topic, topicId],
        );
        // None: another process has just taken the number for another id.
        if (rows[0] !== undefined) incarnations.set(key, rows[0].incarnation);
      }
    },
  };
}

const SAVE = `
  INSERT INTO triggers.event_positions AS p (tenant_id, workspace_id, trigger_id, since, topic_id, partition, next_offset)
  SELECT * FROM json_to_recordset($1)
    AS r("tenantId" text, "workspaceId" text, "triggerId" text, since bigint, "topicId" text, partition int,
         "nextOffset" bigint)
   ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (tenant_id, workspace_id, trigger_id, since, topic_id, partition) DO UPDATE
    SET next_offset = excluded.next_offset, updated_at = now()
  WHERE p.next_offset < excluded.next_offset`;

const CLAIM_INCARNATION = `
  INSERT INTO triggers.event_topics (topic, topic_id, incarnation)
  SELECT $1, $2, coalesce(max(incarnation), 0) + 1 FROM triggers.event_topics WHERE topic = $1
  ON CONFLICT DO NOTHING`;

function positionRow({ registration, topicId, partition, nextOffset }: PlaceOfTrigger & { nextOffset: number }) {
  const { tenantId, workspaceId, triggerId, since } = registration;
  return { tenantId, workspaceId, triggerId, since, topicId, partition, nextOffset };
}
