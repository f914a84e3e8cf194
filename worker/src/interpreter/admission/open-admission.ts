import { makeBatchProducer, type KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { openProgress, type ProgressTracker } from '@flowplane/runtime/read-model';
import { type Pool } from '@flowplane/plumbing/postgres';
import { makeQuotaEvaluator, makeStartQuotas } from '@flowplane/runtime/quotas';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import type { InterpreterConfig } from '../config.js';
import { makeAdmit } from './admit.js';
import { makeReadDecision } from './read-decision.js';

export type Admission = {
  readonly admit: ReturnType<typeof makeAdmit>;
  readonly close: () => Promise<void>;
};

/** What fires are admitted with. Read models are followed from the first fire on: most workers see none. */
export function openAdmission(options: {
  readonly config: InterpreterConfig;
  readonly kafka: KafkaClient;
  readonly commandsTopic: string;
  readonly readPool: Pool;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Admission {
  const { config, readPool, logger, metrics } = options;
  const producer = makeBatchProducer(options.kafka, { topic: options.commandsTopic });
  const { quotaEnforceUrl: url, quotaTimeoutMs: timeoutMs } = config;
  const evaluator = url === undefined ? undefined : makeQuotaEvaluator({ url, timeoutMs, logger, metrics });
  let progress: ProgressTracker | undefined;
  return {
    admit: makeAdmit({
      ...{ producer, logger, now: Date.now },
      partitions: config.partitions,
      progress: () => (progress ??= openProgress(readPool, config.readDbUrl)),
      readDecision: makeReadDecision(readPool),
      quotas: makeStartQuotas(evaluator, readPool),
      strictInputs: config.strictInputs,
      tokenSecret: config.tokenSecret,
      limits: { maxStateBytes: config.maxStateBytes, subFlowMaxDepth: config.subFlowMaxDepth },
    }),
    close: async () => {
      await progress?.close();
      await producer.close();
    },
  };
}
