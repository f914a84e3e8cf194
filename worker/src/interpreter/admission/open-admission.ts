import { makeBatchProducer, type KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { makeDenialRecorder } from '@flowplane/runtime/commands';
import type { ProgressTracker } from '@flowplane/runtime/read-model';
import { type Pool } from '@flowplane/plumbing/postgres';
import { makeQuotaEvaluator, makeStartQuotas } from '@flowplane/runtime/quotas';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import type { InterpreterConfig } from '../config.js';
import { makeAdmit, SOURCE } from './admit.js';
import { makeReadDecision } from './read-decision.js';
import { makeRefusedFires } from './refused-fires.js';
import { runLimitsOf } from '../../shared/run-limits.js';

export type Admission = {
  readonly admit: ReturnType<typeof makeAdmit>;
  readonly close: () => Promise<void>;
};

/** What fires are admitted with. */
export function openAdmission(options: {
  readonly config: InterpreterConfig;
  readonly kafka: KafkaClient;
  readonly commandsTopic: string;
  readonly readPool: Pool;
  /** Of the read models. */
  readonly progress: () => ProgressTracker;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Admission {
  const { config, readPool, logger, metrics } = options;
  const producer = makeBatchProducer(options.kafka, { topic: options.commandsTopic });
  const { quotaEnforceUrl: url, quotaTimeoutMs: timeoutMs } = config;
  const evaluator = url === undefined ? undefined : makeQuotaEvaluator({ url, timeoutMs, logger, metrics });
  const denials = makeDenialRecorder({
    // The fires themselves hold nobody up, so that there is nothing to be spared.
    log: { producer, partitions: config.partitions, source: SOURCE, guard: { admit: () => undefined } },
    ...{ logger, metrics, bounds: { perMinute: 0 }, keptBy: ({ flowId }) => flowId ?? '' },
  });
  return {
    admit: makeAdmit({
      ...{ producer, logger, now: Date.now },
      refusedFires: makeRefusedFires(Date.now, denials.record),
      partitions: config.partitions,
      progress: options.progress,
      readDecision: makeReadDecision(readPool),
      quotas: makeStartQuotas(evaluator, readPool),
      strictInputs: config.strictInputs,
      tokenSecret: config.tokenSecret,
      limits: runLimitsOf(config),
    }),
    close: async () => {
      await denials.close();
      await producer.close();
    },
  };
}
