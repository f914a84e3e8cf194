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
  /**
   * As `emit`, and at once: those before it go with it.
   *
   * @returns whether the log has it, as soon as that is known; true as well where the release to write for has no such
   * frame; never rejects
   */
  readonly commit: (draft: FrameDraft) => Promise<boolean>;
  /** Resolves when what was emitted so far is appended or given up. */
  readonly drained: () => Promise<void>;
};

export type FrameEmitterOptions = {
  readonly producer: Pick<BatchProducer, 'append'>;
  /** For values of frames that nobody waits for. */
  readonly store: Pick<ContentStore, 'put'>;
  /** For values of frames that are committed: it waits while the store is away. */
  readonly patientStore: Pick<ContentStore, 'put'>;
  /** FLOWS_PARTITIONS. */
  readonly partitions: number;
  /** FLOWS_PAYLOAD_INLINE_MAX_BYTES. */
  readonly inlineMaxBytes: number;
  /** Frames on their way, beyond which further ones are dropped; the last fifth is for those that are committed. */
  readonly maxPending: number;
  readonly onDropped: (count: number, cause: unknown) => void;
};

const SOURCE = '/flowplane/interpreter';
/** How full the way to the log may be for frames that nobody waits for. */
const SHARE_OF_OTHERS = 0.8;

export function makeFrameEmitter(options: FrameEmitterOptions): FrameEmitter {
  const { store, patientStore, partitions, inlineMaxBytes, maxPending, onDropped } = options;
  const outbox = makeOutbox(options.producer, onDropped);
  /** Runs with a value on its way to the store: their later frames queue up behind it. */
  const storing = new Map<string, Promise<void>>();
  let behind = 0;

  const hand = (draft: FrameDraft, stored: readonly (StoredValue | null)[], atOnce: boolean): Kept => {
    const frame = draft.complete(stored);
    const value = encodedOrNone(frame);
    if (value === undefined) return KEPT;
    const key = placeOf(draft);
    const headers = {
      [HEADER.specVersion]: '1.0',
      [HEADER.id]: `${draft.executionId}/${draft.id}`,
      [HEADER.type]: frame.type,
      [HEADER.source]: SOURCE,
    };
    return outbox.add({ partition: partitionOf(key, partitions), key, value, headers }, atOnce);
  };
  /** @returns when it is handed over, how that ends */
  const handStored = async (
    draft: FrameDraft,
    before: Promise<unknown> | undefined,
    atOnce: boolean,
  ): Promise<{ readonly kept: Kept }> => {
    try {
      // Only the hand-over is in turn: many tasks of one run may end together, each with a large output.
      const to = atOnce ? patientStore : store;
      const puts = Promise.all(draft.values.map((value) => storedValue(value, inlineMaxBytes, to, draft.executionId)));
      puts.catch(() => undefined);
      await before;
      return { kept: hand(draft, await puts, atOnce) };
    } catch (cause) {
      onDropped(1, cause);
      return { kept: DROPPED };
    } finally {
      behind -= 1;
    }
  };
  const take = (draft: FrameDraft, atOnce: boolean): Kept => {
    if (outbox.pending() + behind >= maxPending * (atOnce ? 1 : SHARE_OF_OTHERS)) {
      onDropped(1, new Error('too many frames are on their way'));
      return DROPPED;
    }
    const { values } = draft;
    const place = placeOf(draft);
    const before = storing.get(place);
    const large = values.some((value) => value !== undefined && value.length > inlineMaxBytes / 3);
    if (before === undefined && !large) {
      const inline = values.map((value) => (value === undefined ? null : inlineValue(value)));
      try {
        return hand(draft, inline, atOnce);
      } catch (cause) {
        onDropped(1, cause);
        return DROPPED;
      }
    }
    behind += 1;
    const handed = handStored(draft, before, atOnce);
    const work = handed.then(() => {
      if (storing.get(place) === work) storing.delete(place);
    });
    storing.set(place, work);
    return handed.then(({ kept }) => kept);
  };
  return {
    emit: (draft) => void take(draft, false),
    commit: (draft) => take(draft, true),
    drained: async () => {
      await Promise.all(storing.values());
      await outbox.drained();
    },
  };
}

/** Whether the log has a frame, once that is known. */
type Kept = Promise<boolean>;
const KEPT: Kept = Promise.resolve(true);
const DROPPED: Kept = Promise.resolve(false);

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
  readonly add: (record: OutgoingRecord, atOnce: boolean) => Kept;
  readonly pending: () => number;
  readonly drained: () => Promise<void>;
};

/** Appends records in the order in which they were added; what is refused is one of them, not those beside it. */
function makeOutbox(producer: Pick<BatchProducer, 'append'>, onDropped: FrameEmitterOptions['onDropped']): Outbox {
  const appends = new Set<Kept>();
  return {
    add: (record, atOnce) => {
      const append = producer
        .append(record, { atOnce })
        .then(
          () => true,
          (cause: unknown) => {
            onDropped(1, cause);
            return false;
          },
        )
        .finally(() => appends.delete(append));
      appends.add(append);
      return append;
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
