import type { BatchProducer } from '@flowplane/plumbing/kafka';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { IsolatedServices } from '@flowplane/stack';
import type { ApiClient } from '../load/api-client.js';
import type { LogAccess } from '../load/log-access.js';
import type { RowContext } from './row.js';

/** What the two parts of the row of platform events share: a flow that a topic starts. */
export type EventSetting = {
  readonly context: RowContext;
  readonly services: IsolatedServices;
  readonly api: ApiClient;
  readonly pool: Pool;
  readonly log: LogAccess;
  readonly topic: string;
  /** Starts the same flow over HTTP. */
  readonly startPath: string;
  readonly producer: BatchProducer;
};

/** Partitions of a topic as a publish makes it. */
export const EVENT_PARTITIONS = [0, 1, 2];

/** The `index`-th record: the partitions take turns. */
export const eventRecord = (index: number, value: string) => ({
  partition: index % EVENT_PARTITIONS.length,
  key: null,
  value: Buffer.from(value),
  headers: {},
});
