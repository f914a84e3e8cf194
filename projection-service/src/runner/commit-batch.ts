import { commandProgressName } from '@flowplane/contracts';
import { isRefusedRecord } from '@flowplane/plumbing/kafka';
import {
  inOneTrip,
  inTransaction,
  inTwoTrips,
  isDataFault,
  runTogether,
  type Pool,
  type PoolClient,
  type Statement,
} from '@flowplane/plumbing/postgres';
import type { DeadLetter, DeadLetters } from '@flowplane/runtime/dead-letters';
import type { Progress } from '@flowplane/runtime/read-model';
import { advanceStatement, asProgressConflict, type ProgressStep } from '../store/progress.js';
import type { PartitionBatch } from './batch-buffer.js';
import { UnfoldableBatch, type BatchWork, type Projection } from './projection.js';
import type { Placed } from './source.js';

export type CommitPorts<M> = {
  readonly projection: Projection<M>;
  readonly topic: string;
  readonly pool: Pool;
  readonly deadLetters: DeadLetters;
  /** Channel on which progress is announced; undefined: nobody waits (a rebuild). */
  readonly channel: string | undefined;
  /** Gets the same as the channel, once it is committed. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** The tables to write to, as `loadProgress` named them; undefined: those that have the names now. */
  readonly tables?: number | undefined;
};

/**
 * Writes a batch and the projection's progress in one transaction. Messages that cannot be written are found by halving
 * and go to the dead letters; the others are written.
 *
 * @returns the messages written
 * @throws ProgressConflict when another process has moved on; what the database or the log throws when unreachable
 */
export async function commitBatch<M>(
  ports: CommitPorts<M>,
  partitions: readonly PartitionBatch<M>[],
): Promise<readonly Placed<M>[]> {
  const steps = partitions.map((batch) => stepOf(batch, ports.projection.commandOffsetOf, ports.tables));
  const written = await writeBatch(ports, partitions, steps);
  for (const step of steps) tell(ports, step);
  return written;
}

function tell<M>({ projection: { name }, onProgress }: CommitPorts<M>, step: ProgressStep): void {
  const { partition, to, commandOffset } = step;
  onProgress?.({ name, partition, offset: to.offset });
  if (commandOffset >= 0) onProgress?.({ name: commandProgressName(name), partition, offset: commandOffset + 1 });
}

async function writeBatch<M>(
  ports: CommitPorts<M>,
  partitions: readonly PartitionBatch<M>[],
  steps: readonly ProgressStep[],
): Promise<readonly Placed<M>[]> {
  const { projection, pool, deadLetters } = ports;
  const advance = advanceStatement(projection.name, steps, ports.channel);
  const letters: DeadLetter[] = [];
  const messages: Placed<M>[] = [];
  for (const { partition, items } of partitions) {
    for (const item of items) {
      if (item.kind === 'poison') letters.push(letterOf(ports, { partition, ...item }, item.record, item.cause));
      else messages.push(item);
    }
  }
  await deadLetters.send(letters);
  try {
    const work = projection.work(messages);
    await transaction(pool, advance, work).catch(asProgressConflict);
    work.onWritten?.();
    return messages;
  } catch (cause) {
    // Whether it was committed may not even be known.
    projection.forget?.();
    if (!isPoison(cause)) throw cause;
  }
  const refused: DeadLetter[] = [];
  const written: Placed<M>[] = [];
  await inTransaction(pool, async (client) => {
    await runTogether(client, [advance]).catch(asProgressConflict);
    await writeByHalves(ports, client, messages, written, refused);
    await deadLetters.send(refused);
  });
  return written;
}

const isPoison = (cause: unknown): boolean =>
  cause instanceof UnfoldableBatch || isDataFault(cause) || isRefusedRecord(cause);

const transaction = (pool: Pool, advance: Statement, work: BatchWork): Promise<void> =>
  'writes' in work
    ? inOneTrip(pool, [advance, ...work.writes])
    : inTwoTrips(pool, [advance, ...work.reads], ([, ...answers]) => work.writesFrom(answers));

const SAVE: Statement = { text: 'SAVEPOINT half' };
const KEEP: Statement = { text: 'RELEASE SAVEPOINT half' };
const UNDO: Statement = { text: 'ROLLBACK TO SAVEPOINT half' };

async function writeByHalves<M>(
  ports: CommitPorts<M>,
  client: PoolClient,
  messages: readonly Placed<M>[],
  written: Placed<M>[],
  refused: DeadLetter[],
): Promise<void> {
  if (messages.length === 0) return;
  await runTogether(client, [SAVE]);
  try {
    const work = ports.projection.work(messages);
    const writes = 'writes' in work ? work.writes : await work.writesFrom(await runTogether(client, work.reads));
    await runTogether(client, [...writes, KEEP]);
    written.push(...messages);
    return;
  } catch (cause) {
    if (!isPoison(cause)) throw cause;
    await runTogether(client, [UNDO, KEEP]);
    const [only] = messages;
    if (messages.length === 1 && only !== undefined) {
      const value = Buffer.from(JSON.stringify(only.message), 'utf8');
      refused.push(letterOf(ports, only, { key: null, value, headers: { 'content-type': 'application/json' } }, cause));
      return;
    }
  }
  const middle = Math.ceil(messages.length / 2);
  await writeByHalves(ports, client, messages.slice(0, middle), written, refused);
  await writeByHalves(ports, client, messages.slice(middle), written, refused);
}

const letterOf = <M>(
  { projection, topic }: CommitPorts<M>,
  { partition, offset }: Pick<Placed<M>, 'partition' | 'offset'>,
  record: DeadLetter['record'],
  reason: unknown,
): DeadLetter => ({
  ...{ consumer: `projection-${projection.name}`, reason, record },
  origin: { topic, partition, offset },
});

function stepOf<M>(
  { partition, from, to, items }: PartitionBatch<M>,
  commandOffsetOf: ((message: M) => number) | undefined,
  tables: number | undefined,
): ProgressStep {
  let commandOffset = -1;
  let recordTimeMs = 0;
  for (const item of items) {
    recordTimeMs = Math.max(recordTimeMs, item.timestamp);
    if (item.kind === 'message' && commandOffsetOf !== undefined) {
      commandOffset = Math.max(commandOffset, commandOffsetOf(item.message));
    }
  }
  return { partition, from, to, commandOffset, recordTimeMs, tables };
}
