import { header, param, waitPreference, type Answer, type SignedCall } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { CommandLog } from '@flowplane/runtime/commands';
import { AppendFault } from '@flowplane/plumbing/kafka';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import type { TriggerVerdict } from '../expressions/evaluate-trigger.js';
import type { TriggerExpressions } from '../expressions/trigger-expressions.js';
import { MAX_INPUT_BYTES, triggerInput } from '../trigger-input.js';
import type { StartQuotas } from '@flowplane/runtime/quotas';
import type { WebhookTrigger } from '@flowplane/runtime/read-model';
import type { TriggerEvents } from '../trigger-metrics.js';
import type { Attempt, DeliveryAttempts } from './delivery-attempts.js';
import { deliveryCommand, deliveryIdOf } from './delivery-command.js';
import { submitDelivery } from './submit-delivery.js';
import type { makeVerifyDelivery, Verified } from './verify-delivery.js';

export type WebhookPorts = {
  readonly log: CommandLog;
  /** Triggers of a path, of any tenant unless one is named. @throws Refusal 503 STORE_UNAVAILABLE */
  readonly findTriggers: (
    workspaceId: string,
    triggerId: string,
    tenantId: string | undefined,
  ) => Promise<readonly WebhookTrigger[]>;
  readonly verify: ReturnType<typeof makeVerifyDelivery>;
  readonly expressions: TriggerExpressions;
  readonly attempts: DeliveryAttempts;
  readonly deadLetters: DeadLetters;
  readonly events: TriggerEvents;
  readonly quotas: StartQuotas;
  /** FLOWS_STRICT_INPUTS */
  readonly strictInputs: boolean;
  /** FLOWS_COMMAND_WAIT */
  readonly commandWaitMs: number;
};

type Received = { readonly call: SignedCall; readonly deliveryId: string; readonly receivedAt: number };

/** POST /triggers/webhooks/{triggerId}, in the order of flows-api 10.3; credentials have been checked. */
export async function receiveWebhook(ports: WebhookPorts, call: SignedCall): Promise<Answer> {
  const received = { call, deliveryId: deliveryIdOf(call), receivedAt: Date.now() };
  const verified = await verifiedBy(ports, received);
  const { trigger } = verified;
  const input = triggerInput(call.body);
  const verdict = await verdictOf(ports, received, verified, input);
  const { events, attempts } = ports;
  const attempt = attemptOf(received, trigger);
  if (verdict.kind === 'filtered') {
    events.inc({ kind: 'webhook', outcome: 'filtered' });
    await attempts.note({ ...attempt, outcome: 'filtered', code: null });
    return { status: 202, body: { accepted: true, filtered: true } };
  }
  if (verdict.kind === 'failed') {
    await writeDeadLetter(ports, received, verified, verdict.reason);
    events.inc({ kind: 'webhook', outcome: 'refused' });
    await attempts.note({ ...attempt, outcome: 'refused', code: 'INVALID_EXPRESSION' });
    throw refusal('INVALID_EXPRESSION', {
      message: `The trigger cannot be evaluated on this event: ${verdict.reason}.`,
    });
  }
  const { dedupeKey } = verdict;
  const quotaVerdict = await ports.quotas(trigger);
  const { strictInputs } = ports;
  const command = deliveryCommand({ ...received, verified, dedupeKey, input, quotaVerdict, strictInputs });
  const preference = waitPreference(call, ports.commandWaitMs);
  const { outcome, executionId, answer } = await submitDelivery(ports.log, command, preference, call.signal);
  events.inc({ kind: 'webhook', outcome });
  if (outcome === 'deduplicated') await attempts.note({ ...attempt, outcome, code: null, executionId });
  return answer;
}

const attemptOf = ({ call, deliveryId, receivedAt }: Received, trigger: Attempt['trigger']) => ({
  ...{ trigger, deliveryId, receivedAt, bytes: call.body.length, executionId: null },
});

/** @throws Refusal 401 INVALID_SIGNATURE, whatever is wrong */
async function verifiedBy(ports: WebhookPorts, received: Received): Promise<Verified> {
  const { call } = received;
  const found = await ports.findTriggers(call.workspaceId, param(call, 'triggerId'), call.identity?.tenantId);
  const verified = ports.verify(found, call.body, header(call, 'x-platform-webhook-signature'));
  if (verified !== undefined) return verified;
  ports.events.inc({ kind: 'webhook', outcome: 'refused' });
  // Nobody waits for it: the time taken must not tell whether there is such a trigger.
  for (const trigger of found) {
    void ports.attempts.note({ ...attemptOf(received, trigger), outcome: 'refused', code: 'INVALID_SIGNATURE' });
  }
  throw refusal('INVALID_SIGNATURE');
}

/** What the trigger's expressions say. A body that is too large for a run is not looked at: it is refused as such. */
async function verdictOf(
  ports: WebhookPorts,
  { call }: Received,
  { trigger: { filter, dedupeKey, tenantId } }: Verified,
  input: string,
): Promise<TriggerVerdict> {
  const hasNone = filter === null && dedupeKey === null;
  if (hasNone || Buffer.byteLength(input) > MAX_INPUT_BYTES) return { kind: 'starts', dedupeKey: null };
  return ports.expressions.ask(
    { filter, dedupeKey, input, headers: headersOf(call) },
    { tenant: tenantId, signal: call.signal },
  );
}

/** Headers as expressions see them; those that were repeated are joined as HTTP does. */
function headersOf({ headers }: SignedCall): Readonly<Record<string, string>> {
  const texts = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]);
  return Object.fromEntries(texts.filter(([, value]) => value !== undefined)) as Record<string, string>;
}

/**
 * Keeps a delivery that its trigger cannot be evaluated on as a dead letter.
 *
 * @throws Refusal 503 LOG_UNAVAILABLE: it is to be sent again, and may then stand there twice
 */
async function writeDeadLetter(
  { deadLetters }: WebhookPorts,
  { call, deliveryId }: Received,
  { trigger }: Verified,
  reason: string,
): Promise<void> {
  const letter = {
    ...{ consumer: 'webhooks', reason: `INVALID_EXPRESSION: ${reason}`, trigger, origin: { delivery: deliveryId } },
    record: { key: Buffer.from(trigger.tenantId), value: call.body, headers: {} },
  };
  try {
    await deadLetters.send([letter]);
  } catch (cause) {
    if (!(cause instanceof AppendFault)) throw cause;
    throw Object.assign(refusal('LOG_UNAVAILABLE', { retryAfterSeconds: 1 }), { cause });
  }
}
