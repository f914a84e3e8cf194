/** One record of a partition as it lies in the log. `timestamp` is epoch milliseconds; header values are UTF-8 text. */
export type LogRecord = {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
};

/** Where the brokers are and how we present ourselves. */
export type KafkaConfig = {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Texts in PEM; without `ca` the authorities that Node knows are trusted. Absent: plaintext. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
};

/**
 * Reads partitions of one topic by direct fetch, without a group, on its own connections. Not for concurrent
 * polls. An offset out of range throws (`OffsetOutOfRange`): nothing is skipped silently. A lost connection throws
 * from `poll`; the caller re-creates what it must, or polls again (the reader reconnects).
 */
export type DirectReader = {
  /** Replaces what is read: partition → next offset. */
  readonly assign: (offsets: ReadonlyMap<number, number>) => void;
  /**
   * Records in offset order per partition; empty after `maxWaitMs` without any, or as soon as `signal` aborts. Advances
   * the offsets.
   */
  readonly poll: (maxWaitMs: number, signal?: AbortSignal) => Promise<readonly LogRecord[]>;
  readonly close: () => Promise<void>;
};

export type OutgoingRecord = {
  readonly partition: number;
  readonly key: string | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Thrown by an append. `appended` says whether the log may have it: `no` (certainly not) or `unknown`.
 */
export type AppendFaultDetails = { readonly appended: 'no' | 'unknown'; readonly retryable: boolean };

export type AppendOptions = {
  /** Somebody waits for it: it is not paced, nor is what waits before it. Default false. */
  readonly atOnce?: boolean;
};

/**
 * Idempotent producer with one outstanding send; what arrives meanwhile is the next batch, bounded by count and
 * bytes. Order per partition is the order of the `append` calls. `append` resolves when all in-sync replicas have it.
 */
export type BatchProducer = {
  readonly append: (record: OutgoingRecord, options?: AppendOptions) => Promise<{ readonly offset: number }>;
  /**
   * In order, in as many sends as the bounds of a batch ask for, one after the other. When it throws, the topic may have
   * the first of them.
   */
  readonly appendAll: (records: readonly OutgoingRecord[]) => Promise<void>;
  /** Records waiting or in flight. */
  readonly pending: () => number;
  readonly close: () => Promise<void>;
};

/** Membership of a consumer group, used for nothing but dividing partitions among processes. */
export type GroupMemberHandlers = {
  /** New generation: these partitions are ours now (the whole set; earlier ones not listed are lost). Synchronous. */
  readonly onAssigned: (partitions: readonly number[]) => void;
  /** Membership lost or left: nothing is ours. Synchronous. */
  readonly onLost: () => void;
  /** A heartbeat was acknowledged by the coordinator. */
  readonly onHeartbeat?: () => void;
};
export type GroupMember = { readonly leave: () => Promise<void> };
