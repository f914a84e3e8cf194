import type { OperationExamples } from './operation-examples.js';
import { AT } from './operation-examples.js';

const SCHEDULE = {
  scheduleId: 'T:W:F',
  flowId: 'F',
  workspaceId: 'W',
  paused: false,
  note: null,
  changedBy: null,
  changedAt: null,
  cron: ['*/5 * * * *'],
  nextActionTimes: ['2026-06-22T12:00:00.000Z'],
  recentActions: [
    {
      scheduledAt: '2026-06-22T11:55:00.000Z',
      takenAt: '2026-06-22T11:55:00.041Z',
      workflowId: 'T:W:F-workflow-2026-06-22T11:55:00Z',
    },
  ],
};
const CHANGED = { changedBy: 'alice', changedAt: AT };
const PAUSED = { ...SCHEDULE, ...CHANGED, paused: true, note: 'Stocktaking until Friday', nextActionTimes: [] };

const TRIGGER = 'F:webhook:orders';
const EXECUTION = 'T:W:F:wh-F_webhook_orders-d-1';
const DELIVERED = { accepted: true, executionId: EXECUTION, deduplicated: false };
const WEBHOOK = {
  triggerId: TRIGGER,
  flowId: 'F',
  path: 'orders',
  version: 2,
  createdAt: AT,
  rotatedAt: null,
  previousValidUntil: null,
};
const DELIVERY = {
  deliveryId: 'd-1',
  receivedAt: AT,
  bytes: 120,
  outcome: 'accepted',
  code: null,
  executionId: EXECUTION,
};
const SECRET = '0f6d2b9e8c4a1753e7d0b6c2a9f84e15d3c7b0a68f2e49d1c5b7a3e8f0d6c294';

/** flows-api 8, 10 and 11. */
export const TRIGGER_EXAMPLES = {
  listSchedules: { answers: { 200: { schedules: { items: [SCHEDULE] } } } },
  getSchedule: { answers: { 200: { schedule: SCHEDULE, paused: PAUSED } } },
  pauseSchedule: {
    body: { noted: { note: 'Stocktaking until Friday' } },
    answers: { 200: { paused: PAUSED } },
  },
  resumeSchedule: {
    body: { noted: { note: 'Counted everything' } },
    answers: { 200: { resumed: { ...SCHEDULE, ...CHANGED, note: 'Resumed via Flows API' } } },
  },
  triggerSchedule: { answers: { 202: { triggered: { status: 'triggered', scheduleId: 'T:W:F' } } } },
  receiveWebhook: {
    body: { order: { orderId: 'o-1', skus: ['a', 'b'] }, other: ['becomes', { raw: 'value' }] },
    answers: {
      202: {
        started: DELIVERED,
        known: { ...DELIVERED, deduplicated: true },
        filtered: { accepted: true, filtered: true },
      },
    },
  },
  listWebhooks: { answers: { 200: { webhooks: { items: [WEBHOOK] } } } },
  listEventTriggers: {
    answers: {
      200: {
        triggers: {
          items: [
            {
              ...{ triggerId: 'F:platform-event:order.created', flowId: 'F', version: 1, eventType: 'order.created' },
              ...{ topicRef: 'evt.W.order.created', filter: null, dedupeKey: null },
            },
          ],
        },
      },
    },
  },
  listDeliveries: { answers: { 200: { page: { items: [DELIVERY], nextPageToken: null } } } },
  redeliverWebhook: { answers: { 202: { started: { ...DELIVERED, executionId: `${EXECUTION}-r1` } } } },
  rotateWebhookSecret: {
    answers: { 201: { rotated: { triggerId: TRIGGER, secret: SECRET, previousValidUntil: null } } },
  },
} as const satisfies Readonly<Record<string, OperationExamples>>;
