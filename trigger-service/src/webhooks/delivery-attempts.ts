import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic } from '@flowplane/plumbing/periodic';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { WebhookTrigger } from '@flowplane/runtime/read-model';

/** A delivery that came to no decision in the log (flows-api 10.6). */
export type Attempt = {
  readonly trigger: Pick<WebhookTrigger, 'tenantId' | 'workspaceId' | 'triggerId'>;
  readonly deliveryId: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly bytes: number;
  readonly outcome: 'deduplicated' | 'filtered' | 'refused';
  readonly code: string | null;
  readonly executionId: string | null;
};

/** The part of the delivery log that is not in the log: best effort, and bounded per trigger. */
export type DeliveryAttempts = {
  /** Resolves when the attempt can be read, or could not be written; never rejects. */
  readonly note: (attempt: Attempt) => Promise<void>;
  readonly close: () => Promise<void>;
};

const FLUSH_MS = 20;
/** Attempts waiting to be written; beyond it they are dropped, and counted in a log line. */
const MAX_WAITING = 2000;
/** Newest attempts that are kept of one trigger; a sender of wrong signatures must not fill the store. */
const MAX_PER_TRIGGER = 1000;
const PRUNE_MS = 30_000;

const INSERT = `
  INSERT INTO triggers.webhook_attempts (attempt_id, tenant_id, workspace_id, trigger_id, delivery_id, received_at, bytes,
                                         outcome, code, execution_id)
  SELECT r."attemptId", r."tenantId", r."workspaceId", r."triggerId", r."deliveryId",
         to_timestamp(r."receivedAt"::float8 / 1000), r.bytes, r.outcome, r.code, r."executionId"
    FROM json_to_recordset($1) AS r("attemptId" text, "tenantId" text, "workspaceId" text, "triggerId" text,
         "deliveryId" text, "receivedAt" bigint, bytes bigint, outcome text, code text, "executionId" text)`;
const PRUNE = `
  DELETE FROM triggers.webhook_attempts
   WHERE received_at < now() - interval '7 days'
      OR attempt_id IN (
        SELECT attempt_id FROM (
          SELECT attempt_id, row_number() OVER (PARTITION BY tenant_id, workspace_id, trigger_id
                                                ORDER BY received_at DESC, attempt_id DESC) AS place
            FROM triggers.webhook_attempts) ranked
         WHERE place > ${MAX_PER_TRIGGER})`;

export function makeDeliveryAttempts(pool: Pool, logger: Logger): DeliveryAttempts {
  let waiting: Attempt[] = [];
  let writing: Promise<void> | undefined;
  let dropped = 0;

  const write = async (): Promise<void> => {
    await sleep(FLUSH_MS);
    const rows = waiting;
    waiting = [];
    writing = undefined;
    try {
      await pool.query(INSERT, [JSON.stringify(rows.map(rowOf))]);
    } catch (err) {
      logger.warn({ err, attempts: rows.length }, 'deliveries could not be noted');
    }
  };
  const pruning = startPeriodic({
    intervalMs: PRUNE_MS,
    work: async () => {
      if (dropped > 0) logger.warn({ dropped }, 'more deliveries failed than are noted');
      dropped = 0;
      await pool.query(PRUNE);
    },
    onFault: (err) => logger.warn({ err }, 'old deliveries could not be removed'),
  });
  return {
    note: (attempt) => {
      if (waiting.length >= MAX_WAITING) {
        dropped++;
        return Promise.resolve();
      }
      waiting.push(attempt);
      writing ??= write();
      return writing;
    },
    close: async () => {
      await Promise.all([writing, pruning.close()]);
    },
  };
}

const plain = (text: string): string => text.replaceAll('\0', '\uFFFD');
const rowOf = ({ trigger, ...attempt }: Attempt) => ({
  attemptId: randomUUID(),
  ...{ tenantId: trigger.tenantId, workspaceId: trigger.workspaceId, triggerId: plain(trigger.triggerId) },
  ...attempt,
  deliveryId: plain(attempt.deliveryId),
});
