import type { ReadPosition } from '@flowplane/contracts';
import { makeEventReader, type EventRecord } from '@flowplane/runtime/consume';
import { OffsetOutOfRange } from '@flowplane/plumbing/kafka';
import { DeciderFatal, Stopped } from './errors.js';
import type { DeciderPorts } from './ports.js';
import { emptyFold, foldEvent, type PartitionFold } from './fold.js';
import type { LoadedSnapshot, SnapshotKey } from './snapshot-store.js';

/** A fold that is at the end its log had a moment ago, and the reader that brought it there. */
export type Recovered = {
  readonly fold: PartitionFold;
  readonly reader: FoldReader;
  readonly key: SnapshotKey;
  /** Position offset of the snapshot it started from; undefined: from the beginning of the log. */
  readonly snapshotBase: number | undefined;
  readonly commandsTopicId: string;
};

/** Reads the events of one partition into its fold. Not for concurrent calls. */
export type FoldReader = {
  /** Folds what is there, up to the end that the log had when it was first looked at. */
  readonly readToEnd: () => Promise<void>;
  /** Folds everything below `offset`; what is not there yet is waited for. */
  readonly readTo: (offset: number) => Promise<void>;
  /** Moves the position to `offset` or beyond by the reader rule alone; events are passed over: they are our own. */
  readonly judgeTo: (offset: number) => Promise<void>;
  /** As `judgeTo`, over all that follows the position now. */
  readonly judgeNew: () => Promise<void>;
  readonly close: () => void;
};

const FETCH_BYTES = 2 * 1024 * 1024;
const MAX_WAIT_MS = 1000;

/**
 * Brings state back from the log, from the last snapshot on where there is one.
 *
 * @throws DeciderFatal when the commands topic is not the one these events were decided from: its offsets would make
 *   new commands look decided (event-log 5)
 * @throws KafkaFault, Stopped; UnknownSchema at an event of a newer release
 */
export async function recover(ports: DeciderPorts, partition: number, isStopped: () => boolean): Promise<Recovered> {
  const ids = await ports.topicIds();
  const key = { eventsTopicId: ids.events, partition };
  const snapshot = await loadSnapshot(ports, key);
  const recovered = await foldFrom(ports, key, snapshot, isStopped).catch(async (error: unknown) => {
    if (!(error instanceof OffsetOutOfRange) || snapshot === undefined) throw error;
    ports.logger.error({ ...key, snapshot: snapshot.position }, 'a snapshot is ahead of its log and is thrown away');
    await ports.snapshots.discard(key);
    return foldFrom(ports, key, undefined, isStopped);
  });
  const { fold, reader } = recovered;
  if (fold.commandsTopicId !== undefined && fold.commandsTopicId !== ids.commands) {
    reader.close();
    throw new DeciderFatal(
      `${ports.topics.commands} was recreated (id ${ids.commands}, the events know ${fold.commandsTopicId}): ` +
        'its offsets mean other commands',
    );
  }
  return { ...recovered, commandsTopicId: ids.commands };
}

async function loadSnapshot(
  { snapshots, logger }: DeciderPorts,
  key: SnapshotKey,
): Promise<LoadedSnapshot | undefined> {
  try {
    return await snapshots.load(key);
  } catch (error) {
    logger.warn({ ...key, err: error }, 'no snapshot can be read: folding from the beginning');
    return undefined;
  }
}

async function foldFrom(
  ports: DeciderPorts,
  key: SnapshotKey,
  snapshot: LoadedSnapshot | undefined,
  isStopped: () => boolean,
): Promise<Omit<Recovered, 'commandsTopicId'>> {
  const { fold, asOf } = foldOf(snapshot);
  const reader = openFoldReader(ports, key.partition, fold, asOf, isStopped);
  try {
    await reader.readToEnd();
    return { fold, reader, key, snapshotBase: snapshot?.position.offset };
  } catch (error) {
    reader.close();
    throw error;
  }
}

type Started = { readonly fold: PartitionFold; readonly asOf: ReadonlyMap<string, number> };

function foldOf(snapshot: LoadedSnapshot | undefined): Started {
  if (snapshot === undefined) return { fold: emptyFold(), asOf: new Map() };
  const { position, lastCommandOffset, commandsTopicId, tenants } = snapshot;
  const states = new Map(tenants.map(({ tenantId, state }) => [tenantId, state]));
  return {
    fold: { tenants: states, dirty: new Set(), position, lastCommandOffset, commandsTopicId },
    asOf: new Map(tenants.map((tenant) => [tenant.tenantId, tenant.asOf])),
  };
}

function openFoldReader(
  ports: DeciderPorts,
  partition: number,
  fold: PartitionFold,
  asOf: ReadonlyMap<string, number>,
  isStopped: () => boolean,
): FoldReader {
  const reader = makeEventReader(ports.kafka, {
    topic: ports.topics.events,
    maxBytes: FETCH_BYTES,
    readAhead: true,
    onNewer: 'throw',
    onMarker: ({ marker }) => {
      fold.commandsTopicId = marker.commandsTopicId;
    },
  });
  let readerAt: ReadPosition | undefined;
  /** @returns end of the log as of a fetch that brought something; undefined when it brought nothing */
  const poll = async (maxWaitMs: number, take: (record: EventRecord) => void): Promise<number | undefined> => {
    if (readerAt !== fold.position) reader.assign(new Map([[partition, fold.position]]));
    const batches = await reader.poll(maxWaitMs);
    if (isStopped()) throw new Stopped();
    for (const { records, position } of batches) {
      for (const record of records) take(record);
      fold.position = position;
    }
    readerAt = fold.position;
    return batches.at(-1)?.endOffset;
  };
  const takeIn = (record: EventRecord): void => takeEvent(fold, asOf, partition, record);
  const passOver = (): void => undefined;
  return {
    readToEnd: async () => {
      const end = await poll(0, takeIn);
      if (end === undefined) return;
      while (fold.position.offset < end) await poll(MAX_WAIT_MS, takeIn);
    },
    readTo: async (offset) => {
      while (fold.position.offset < offset) await poll(MAX_WAIT_MS, takeIn);
    },
    judgeTo: async (offset) => {
      while (fold.position.offset < offset) await poll(MAX_WAIT_MS, passOver);
    },
    judgeNew: async () => {
      while ((await poll(0, passOver)) !== undefined);
    },
    close: () => void reader.close(),
  };
}

function takeEvent(
  fold: PartitionFold,
  asOf: ReadonlyMap<string, number>,
  partition: number,
  record: EventRecord,
): void {
  if (record.kind === 'poison') {
    const where = `event ${record.offset} of partition ${partition}`;
    throw new DeciderFatal(`${where} cannot be read: deciding without it would be wrong`, { cause: record.cause });
  }
  const { event, offset } = record;
  fold.lastCommandOffset = Math.max(fold.lastCommandOffset, event.meta.commandOffset);
  if (offset >= (asOf.get(event.meta.tenantId) ?? 0)) foldEvent(fold, event);
}
