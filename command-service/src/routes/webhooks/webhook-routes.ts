import { flowIdOfTrigger, problem, type EncryptedSecret } from '@flowplane/contracts';
import { param, type Answer, type Call } from '@flowplane/runtime/api';
import { awaitMinPosition } from '@flowplane/runtime/read-model';
import { refusal } from '@flowplane/plumbing/http';
import { submitOnce, type ShellContext } from '../shell-context.js';

/** Goes with a command whose verdict keeps it from being used. */
const NO_SECRET: EncryptedSecret = { secretId: '', keyId: '', ciphertext: '' };

/** POST /triggers/webhooks/{triggerId}/rotations; the body is ignored. */
export async function rotateWebhookSecret(context: ShellContext, call: Call): Promise<Answer> {
  const triggerId = param(call, 'triggerId');
  const secret = context.registering.secrets.make();
  const data = {
    flowId: flowIdOfTrigger(triggerId),
    triggerId,
    secret: secret ?? NO_SECRET,
    graceMs: context.webhookRotationGraceMs,
    verdict: secret === undefined ? problem('TRIGGER_REGISTRATION_FAILED') : null,
  };
  const answer = await submitOnce(context, call, async (meta) => ({ type: 'RotateWebhookSecret', meta, data }));
  return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-store' } };
}

/** POST /triggers/webhooks/{triggerId}/deliveries/{deliveryId}/redeliveries; the body is ignored. */
export async function redeliverWebhook(context: ShellContext, call: Call): Promise<Answer> {
  const triggerId = param(call, 'triggerId');
  const deliveryId = param(call, 'deliveryId');
  await awaitMinPosition(context, call);
  const kept = await context.deliveryOf(call, { triggerId, deliveryId });
  if (kept === undefined) throw refusal('DELIVERY_NOT_FOUND');
  const { strictInputs } = context.rules;
  const data = { flowId: flowIdOfTrigger(triggerId), triggerId, deliveryId, ...kept, strictInputs };
  return submitOnce(context, call, async (meta) => ({
    type: 'RedeliverWebhook',
    meta,
    data: { ...data, verdict: await context.quotas.start(call) },
  }));
}
