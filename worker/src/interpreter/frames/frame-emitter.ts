import {
  encodeFrame,
  HEADER,
  parseExecutionId,
  partitionOf,
  UnwritableMessage,
  type Frame,
  type StoredValue,
} from '@flowplane/contracts';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { BatchProducer, OutgoingRecord } from '@flowplane/plumbing/kafka';

/** A JSON value on its way into a frame; undefined where a frame has none. */
export type FrameValue = string | undefined;

/** Completes a frame with its values: kept inline when small, by reference otherwise. */
export type FrameDraft = {
  readonly executionId: string;
  /** Of the run of a sub-flow: the run at the top, among whose frames it stands; null otherwise. */
  readonly root: string | null;
  /** Unique among the frames of the run, equal when the same frame is emitted again. */
  readonly id: string;
  readonly values: readonly FrameValue[];
  readonly complete: (stored: readonly (StoredValue | null)[]) => Frame;
};

/** Hands frames over to the runs topic. Never throws and never waits: what cannot be kept is dropped and counted. */
export type FrameEmitter = {
  readonly emit: (draft: FrameDraft) => void;
  /** Resolves when what was emitted so far is appended or given up. */
  readonly drained: () => Promise<void>;
};

export type FrameEmitterOptions = {
  readonly producer: Pick<BatchProducer, 'append'>;
  readonly store: Pick<ContentStore, 'put'>;
  /** FLOWS_PARTITIONS. */
  readonly partitions: number;
  /** FLOWS_PAYLOAD_INLINE_MAX_BYTES. */
  readonly inlineMaxBytes: number;
  /** Frames on their way, beyond which further ones are dropped. */
  readonly maxPending: number;
  readonly onDropped: (count: number, cause: unknown) => void;
};

const SOURCE = '/flowplane/interpreter';

export function makeFrameEmitter(options: FrameEmitterOptions): FrameEmitter {
  const { store, partitions, inlineMaxBytes, maxPending, onDropped } = options;
  const outbox = makeOutbox(options.producer, onDropped);
  /** Runs with a value on its way to the store: their later frames queue up behind it. */
  const storing = new Map<string, Promise<void>>();
  let behind = 0;

  const hand = (draft: FrameDraft, stored: readonly (StoredValue | null)[]): void => {
    const frame = draft.complete(stored);
    const value = encodedOrNone(frame);
    if (value === undefined) return;
    const key = placeOf(draft);
    outbox.add({
      partition: partitionOf(key, partitions),
      key,
      value,
      headers: {
        [HEADER.specVersion]: '1.0',
        [HEADER.id]: `${draft.executionId}/${draft.id}`,
        [HEADER.type]: frame.type,
        [HEADER.source]: SOURCE,
      },
    });
  };
  const handStored = async (draft: FrameDraft, before: Promise<void> | undefined): Promise<void> => {
    try {
      await before;
      hand(
        draft,
        await Promise.all(draft.values.map((value) => storedValue(value, inlineMaxBytes, store, draft.executionId))),
      );
    } catch (cause) {
      onDropped(1, cause);
    } finally {
      behind -= 1;
    }
  };
  return {
    emit: (draft) => {
      if (outbox.pending() + behind >= maxPending) return onDropped(1, new Error('too many frames are on their way'));
      const { values } = draft;
      const place = placeOf(draft);
      const before = storing.get(place);
      const large = values.some((value) => value !== undefined && value.length > inlineMaxBytes / 3);
      if (before === undefined && !large) {
        return hand(
          draft,
          values.map((value) => (value === undefined ? null : inlineValue(value))),
        );
      }
      behind += 1;
      const work = handStored(draft, before).then(() => {
        if (storing.get(place) === work) storing.delete(place);
      });
      storing.set(place, work);
    },
    drained: async () => {
      await Promise.all(storing.values());
      await outbox.drained();
    },
  };
}

/** The run under whose id a frame is filed: one partition and one order for a run and all sub-flows below it. */
const placeOf = ({ root, executionId }: FrameDraft): string => root ?? executionId;

/** @returns undefined where the release to write for (`FLOWS_WRITE_AS`) has no such frames */
function encodedOrNone(frame: Frame): Buffer | undefined {
  try {
    return encodeFrame(frame);
  } catch (cause) {
    if (cause instanceof UnwritableMessage) return undefined;
    throw cause;
  }
}

type Outbox = {
  readonly add: (record: OutgoingRecord) => void;
  readonly pending: () => number;
  readonly drained: () => Promise<void>;
};

/** Appends records in the order in which they were added; what is refused is one of them, not those beside it. */
function makeOutbox(producer: Pick<BatchProducer, 'append'>, onDropped: FrameEmitterOptions['onDropped']): Outbox {
  const appends = new Set<Promise<void>>();
  return {
    add: (record) => {
      const append = producer
        .append(record)
        .catch((cause: unknown) => onDropped(1, cause))
        .then(() => void appends.delete(append));
      appends.add(append);
    },
    pending: () => appends.size,
    drained: async () => {
      await Promise.all(appends);
    },
  };
}

const inlineValue = (json: string): StoredValue => ({ json, ref: null, sizeBytes: Buffer.byteLength(json) });

async function storedValue(
  value: FrameValue,
  inlineMaxBytes: number,
  store: Pick<ContentStore, 'put'>,
  executionId: string,
): Promise<StoredValue | null> {
  if (value === undefined) return null;
  const sizeBytes = Buffer.byteLength(value);
  if (sizeBytes <= inlineMaxBytes) return { json: value, ref: null, sizeBytes };
  return { json: null, ref: await store.put(value, parseExecutionId(executionId)?.tenantId), sizeBytes };
}
