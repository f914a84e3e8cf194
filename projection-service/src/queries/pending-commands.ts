import { decodeMessage, HEADER, partitionOf, type Command } from '@flowplane/contracts';
import { endOffsets, makeDirectReader, startOffsets, type KafkaClient } from '@flowplane/infra/kafka';
import type { Pool } from '@flowplane/infra/postgres';

/** Looks a command up among those that stand in the log and whose outcome the read models do not have yet. */
export type PendingCommands = {
  /** @returns the command, whoever's it is; undefined when it is not among them. @throws when the log is unreachable */
  readonly find: (tenantId: string, commandId: string) => Promise<Command | undefined>;
};

/** Beyond these the search gives up: the backlog is what `OVERLOADED` bounds. */
const MAX_RECORDS = 100_000;
const MAX_SEARCH_MS = 3000;
const POLL_WAIT_MS = 200;

const LAST_FOLDED = "SELECT command_offset FROM projection_progress WHERE projection = 'control' AND partition = $1";

export function makePendingCommands(options: {
  readonly kafka: KafkaClient;
  readonly commandsTopic: string;
  readonly partitions: number;
  /** Of the read models, outside any tenant's scope: progress belongs to none. */
  readonly pool: Pool;
}): PendingCommands {
  const { kafka, commandsTopic, partitions, pool } = options;
  return {
    find: async (tenantId, commandId) => {
      const partition = partitionOf(tenantId, partitions);
      const { rows } = await pool.query<{ command_offset: string }>(LAST_FOLDED, [partition]);
      const folded = Number(rows[0]?.command_offset ?? -1);
      const end = (await endOffsets(kafka, commandsTopic, [partition])).get(partition) ?? 0;
      if (folded + 1 >= end) return undefined;
      const start = (await startOffsets(kafka, commandsTopic, [partition])).get(partition) ?? 0;
      return search(kafka, commandsTopic, { partition, from: Math.max(folded + 1, start), end }, commandId);
    },
  };
}

type Range = { readonly partition: number; readonly from: number; readonly end: number };

async function search(
  kafka: KafkaClient,
  topic: string,
  { partition, from, end }: Range,
  commandId: string,
): Promise<Command | undefined> {
  const reader = makeDirectReader(kafka, { topic });
  const deadline = Date.now() + MAX_SEARCH_MS;
  let next = from;
  try {
    reader.assign(new Map([[partition, from]]));
    while (next < end && next - from < MAX_RECORDS && Date.now() < deadline) {
      for (const record of await reader.poll(POLL_WAIT_MS)) {
        next = record.offset + 1;
        if (record.headers[HEADER.id] !== commandId || record.value === null) continue;
        const decoded = decodeMessage(record.value);
        if (decoded.kind === 'command') return decoded.command;
      }
    }
    return undefined;
  } finally {
    await reader.close();
  }
}
