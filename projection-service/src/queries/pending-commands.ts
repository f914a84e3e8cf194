import { decodeMessage, HEADER, partitionOf, type Command } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import {
  endOffsets,
  makeDirectReader,
  startOffsets,
  type KafkaClient,
  type LogRecord,
} from '@flowplane/plumbing/kafka';
import type { Pool } from '@flowplane/plumbing/postgres';

/** Looks a command up among those that stand in the log and whose outcome the read models do not have yet. */
export type PendingCommands = {
  /**
   * @returns the tenant's command; undefined when it is not among them
   * @throws Refusal 503 OVERLOADED when too many are looked for, or the log has more than can be searched in time;
   *   KafkaFault when the log is unreachable
   */
  readonly find: (tenantId: string, commandId: string) => Promise<Command | undefined>;
};

export type PendingCommandsOptions = {
  readonly kafka: KafkaClient;
  readonly commandsTopic: string;
  readonly partitions: number;
  /** Of the read models, outside any tenant's scope: progress belongs to none. */
  readonly pool: Pool;
  /** Called with every search of a partition's backlog. */
  readonly onScan?: () => void;
};

/** The backlog is what `OVERLOADED` bounds; a search that meets more says so instead of "unknown". */
const MAX_RECORDS = 100_000;
const MAX_SEARCH_MS = 3000;
const POLL_WAIT_MS = 200;
/** Searches at once, each of one partition with a connection of its own, and what may wait for the next ones. */
const MAX_SCANS = 4;
const MAX_WAITING = 1000;

const LAST_FOLDED = "SELECT command_offset FROM projection_progress WHERE projection = 'control' AND partition = $1";

type Wanted = {
  readonly tenantId: string;
  readonly commandId: string;
  readonly resolve: (command: Command | undefined) => void;
  readonly reject: (cause: unknown) => void;
};

/** One search of a partition serves all that asked before it began. */
export function makePendingCommands(options: PendingCommandsOptions): PendingCommands {
  const waiting = new Map<number, Wanted[]>();
  const scanning = new Set<number>();
  let waitingCount = 0;

  const scanOn = (): void => {
    for (const [partition, wanted] of waiting) {
      if (scanning.size >= MAX_SCANS) return;
      if (scanning.has(partition)) continue;
      waiting.delete(partition);
      waitingCount -= wanted.length;
      scanning.add(partition);
      void settle(options, partition, wanted).finally(() => {
        scanning.delete(partition);
        scanOn();
      });
    }
  };
  return {
    find: (tenantId, commandId) =>
      new Promise((resolve, reject) => {
        if (waitingCount >= MAX_WAITING) return reject(refusal('OVERLOADED', { retryAfterSeconds: 1 }));
        const partition = partitionOf(tenantId, options.partitions);
        waiting.set(partition, [...(waiting.get(partition) ?? []), { tenantId, commandId, resolve, reject }]);
        waitingCount++;
        return scanOn();
      }),
  };
}

/** Searches the backlog once and answers everybody. Never throws. */
async function settle(options: PendingCommandsOptions, partition: number, wanted: readonly Wanted[]): Promise<void> {
  try {
    const found = await scan(options, partition, wanted);
    for (const one of wanted) one.resolve(found.get(one));
  } catch (cause) {
    for (const { reject } of wanted) reject(cause);
  }
}

async function scan(
  { kafka, commandsTopic: topic, pool, onScan }: PendingCommandsOptions,
  partition: number,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<Wanted, Command>> {
  onScan?.();
  const { rows } = await pool.query<{ command_offset: string }>(LAST_FOLDED, [partition]);
  const folded = Number(rows[0]?.command_offset ?? -1);
  const end = (await endOffsets(kafka, topic, [partition])).get(partition) ?? 0;
  if (folded + 1 >= end) return new Map();
  const start = (await startOffsets(kafka, topic, [partition])).get(partition) ?? 0;
  return search(kafka, topic, { partition, from: Math.max(folded + 1, start), end }, wanted);
}

type Range = { readonly partition: number; readonly from: number; readonly end: number };

async function search(
  kafka: KafkaClient,
  topic: string,
  { partition, from, end }: Range,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<Wanted, Command>> {
  const reader = makeDirectReader(kafka, { topic });
  const deadline = Date.now() + MAX_SEARCH_MS;
  const ids = new Set(wanted.map(({ commandId }) => commandId));
  const found = new Map<Wanted, Command>();
  let next = from;
  try {
    reader.assign(new Map([[partition, from]]));
    while (next < end && found.size < wanted.length) {
      if (next - from >= MAX_RECORDS || Date.now() > deadline) throw refusal('OVERLOADED', { retryAfterSeconds: 1 });
      for (const record of await reader.poll(POLL_WAIT_MS)) {
        next = record.offset + 1;
        const command = ids.has(record.headers[HEADER.id] ?? '') ? commandIn(record) : undefined;
        const ofIt = wanted.filter(({ tenantId, commandId }) => isOf(command, tenantId, commandId));
        for (const one of ofIt) if (command !== undefined) found.set(one, command);
      }
    }
    return found;
  } finally {
    await reader.close();
  }
}

/** Anybody can write a header: what is no command of this id and tenant is not what is looked for. */
const isOf = (command: Command | undefined, tenantId: string, commandId: string): boolean =>
  command?.meta.tenantId === tenantId && command.meta.commandId === commandId;

/** A record that cannot be decoded is for the decider to write to the dead letters; it hides no command of the same id. */
function commandIn({ value }: LogRecord): Command | undefined {
  if (value === null) return undefined;
  try {
    const decoded = decodeMessage(value);
    return decoded.kind === 'command' ? decoded.command : undefined;
  } catch {
    return undefined;
  }
}
