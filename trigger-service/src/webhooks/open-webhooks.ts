import { fileURLToPath } from 'node:url';
import { openSecretKeys } from '@flowplane/runtime/identity';
import type { CommandLog } from '@flowplane/runtime/commands';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import { refusal } from '@flowplane/plumbing/http';
import { signedRoute, type SignedAccess } from '@flowplane/runtime/api';
import type { Logger } from '@flowplane/plumbing/logging';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import type { FastifyInstance } from 'fastify';
import type { TriggerServiceConfig } from '../config.js';
import type { TriggerExpressions } from '../expressions/trigger-expressions.js';
import type { StartQuotas } from '@flowplane/runtime/quotas';
import { orUnavailable, webhookTriggers } from '@flowplane/runtime/read-model';
import type { TriggerEvents } from '../trigger-metrics.js';
import { makeDeliveryAttempts } from './delivery-attempts.js';
import { receiveWebhook } from './receive-webhook.js';
import { makeVerifyDelivery } from './verify-delivery.js';

/** Schema of what trigger-service keeps beside the read models; the path is right from `src` as from `dist`. */
const TRIGGER_MIGRATIONS = {
  schema: 'triggers',
  directory: fileURLToPath(new URL('../../migrations/read', import.meta.url)),
};

export type Webhooks = {
  readonly addRoutes: (app: FastifyInstance, access: SignedAccess) => void;
  readonly close: () => Promise<void>;
};

/** Webhook deliveries. The read models must be there: their roles are who reads the deliveries. */
export async function openWebhooks(options: {
  readonly config: TriggerServiceConfig;
  readonly deadLetters: DeadLetters;
  readonly log: CommandLog;
  /** Of the read models. */
  readonly readPool: Pool;
  readonly expressions: TriggerExpressions;
  readonly fired: TriggerEvents;
  readonly quotas: StartQuotas;
  readonly logger: Logger;
}): Promise<Webhooks> {
  const { config, log, readPool, logger, deadLetters } = options;
  await migrate(readPool, TRIGGER_MIGRATIONS);
  const attempts = makeDeliveryAttempts(readPool, logger);
  const ports = {
    ...{ log, attempts, deadLetters, expressions: options.expressions, events: options.fired, quotas: options.quotas },
    findTriggers: (...path: [string, string, string | undefined]) => orUnavailable(webhookTriggers(readPool, ...path)),
    verify: makeVerifyDelivery(openSecretKeys(config, logger)),
    commandWaitMs: config.commandWaitMs,
    strictInputs: config.strictInputs,
  };
  return {
    addRoutes: (app, access) =>
      signedRoute(app, access, 'receiveWebhook', (call) => {
        if (!config.triggersEnabled) throw refusal('TRIGGERS_DISABLED');
        return receiveWebhook(ports, call);
      }),
    close: attempts.close,
  };
}
