import { AppendFault } from '@flowplane/plumbing/kafka';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import type { SignedCall } from '@flowplane/runtime/api';
import { expect, it } from 'vitest';
import { makeTriggerEvents } from '../trigger-metrics.js';
import { receiveWebhook, type WebhookPorts } from './receive-webhook.js';

const trigger = {
  ...{ tenantId: 'T', workspaceId: 'W', flowId: 'F', triggerId: 'F:webhook:default' },
  ...{ filter: 'event.n', dedupeKey: null, secrets: [] },
};
const call: SignedCall = {
  ...{ identity: undefined, workspaceId: 'W', correlationId: 'correlation', traceparent: null },
  ...{ method: 'POST', url: '/', params: { triggerId: trigger.triggerId }, query: {}, headers: {}, mediaType: '' },
  ...{ body: Buffer.from('{"n":1}'), signal: new AbortController().signal, isLetIn: () => Promise.resolve(true) },
  onOver: () => undefined,
};

it('answers 503 where a delivery that cannot be evaluated cannot be put to the dead letters either', async () => {
  const away = new AppendFault({ appended: 'unknown', retryable: true }, 'no broker');
  const ports: Omit<WebhookPorts, 'log'> = {
    findTriggers: () => Promise.resolve([trigger]),
    verify: () => ({ trigger, secretId: 's' }),
    expressions: { ask: () => Promise.resolve({ kind: 'failed', reason: 'filter: no bool' }), close: async () => {} },
    attempts: { note: () => Promise.reject(new Error('it came to nothing')), close: async () => {} },
    deadLetters: { send: () => Promise.reject(away) },
    events: makeTriggerEvents(makeMetrics()),
    quotas: () => Promise.resolve(null),
    commandWaitMs: 0,
    strictInputs: false,
  };
  await expect(receiveWebhook(ports as WebhookPorts, call)).rejects.toMatchObject({
    problem: { status: 503, code: 'LOG_UNAVAILABLE', retryAfterSeconds: 1 },
  });
});
