import type { TopicName } from '@flowplane/contracts';
import type { KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { ProgressTracker } from '@flowplane/runtime/read-model';
import type { PayloadCodec } from '@temporalio/common';
import type { RunLimits } from '../shared/run-input.js';
import type { Engine } from './engine/engine.js';
import type { AtExecutorFaultPoint } from './fault-points.js';

export type ExecutorOptions = {
  readonly kafka: KafkaClient;
  readonly topics: Readonly<Record<TopicName, string>>;
  readonly partitions: number;
  readonly groupId: string;
  readonly groupSessionMs: number;
  readonly readPool: Pool;
  readonly statePool: Pool;
  readonly progress: ProgressTracker;
  readonly engine: Engine;
  readonly taskQueue: string;
  /** Namespace and task queue, as one text: what a sweep is about. */
  readonly engineScope: string;
  readonly codecs: readonly PayloadCodec[];
  readonly store: ContentStore;
  readonly tokenSecret: string;
  readonly inlineMaxBytes: number;
  readonly limits: RunLimits;
  readonly closeConcurrency: number;
  /** FLOWS_CLOSE_FROM */
  readonly closeFrom: 'history' | 'audit' | 'journal';
  /** Memory for the values of runs being closed, in bytes. */
  readonly closeMaxBytes: number;
  readonly sweepIntervalMs: number;
  readonly sweepOverlapMs: number;
  /** Between two comparisons of schedules with the engine. */
  readonly reconcileIntervalMs: number;
  /** FLOWS_CRON_MAX_CATCHUP */
  readonly maxCatchupFires: number;
  /** FLOWS_CRON_MAX_REFUSALS */
  readonly maxRefusedFires: number;
  /** How long an event is tried whose effect fails while those of others succeed. */
  readonly setAsideAfterMs: number;
  /** Between two looks for runs that the engine has lost. */
  readonly lostRunIntervalMs: number;
  /** Whether to begin at the start of a log whose position is lost. */
  readonly fromStart: boolean;
  readonly atFaultPoint: AtExecutorFaultPoint;
  readonly fatal: (cause: unknown, message: string) => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
};
