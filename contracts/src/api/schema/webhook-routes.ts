import { Type } from '@sinclair/typebox';
import type { RouteSchema } from './route-schema.js';
import { AnyJson, closed, Id, listOf, nullable, oneOf, PAGE, pageOf, Timestamp } from './shapes.js';

const Delivered = closed(
  { accepted: Type.Literal(true), executionId: Id, deduplicated: Type.Boolean() },
  { $id: 'DeliveredWebhook' },
);
const Filtered = closed({ accepted: Type.Literal(true), filtered: Type.Literal(true) }, { $id: 'FilteredWebhook' });

const Webhook = closed(
  {
    triggerId: Id,
    flowId: Id,
    path: Type.String({ minLength: 1 }),
    version: Type.Integer({ minimum: 1 }),
    createdAt: Timestamp,
    rotatedAt: nullable(Timestamp),
    previousValidUntil: nullable(Timestamp),
  },
  { $id: 'Webhook' },
);

const EventTrigger = closed(
  {
    triggerId: Id,
    flowId: Id,
    version: Type.Integer({ minimum: 1 }),
    eventType: Type.String(),
    topicRef: Type.String({ description: 'The topic that it listens to, and that producers write to.' }),
    filter: nullable(Type.String({ description: 'Expression; null: every record starts a run.' })),
    dedupeKey: nullable(Type.String({ description: 'Expression; null: every record is another one.' })),
  },
  { $id: 'EventTrigger' },
);

const Delivery = closed(
  {
    deliveryId: Type.String(),
    receivedAt: Timestamp,
    bytes: Type.Integer({ minimum: 0 }),
    outcome: oneOf(['accepted', 'deduplicated', 'filtered', 'refused'], { $id: 'WebhookDeliveryOutcome' }),
    code: nullable(Type.String({ description: 'Why it was refused.' })),
    executionId: nullable(Id),
  },
  { $id: 'WebhookDelivery' },
);

/** Webhooks and triggers of platform events (flows-api 10, 11). */
export const WEBHOOK_ROUTE_SCHEMAS = {
  receiveWebhook: {
    summary: 'Delivers a webhook: starts a run of the latest version',
    description:
      'Needs no credential but the signature of the raw body. The input is the body where it is a JSON object, `{}` for an empty one, else `{"raw": …}`.',
    headers: Type.Object({
      'x-platform-webhook-signature': Type.Optional(
        Type.String({
          description: '`sha256=` and the lower-case hex HMAC-SHA256 of the raw body by the secret’s text.',
        }),
      ),
      'x-platform-webhook-id': Type.Optional(
        Type.String({
          description: 'Delivery id: a known one starts nothing and answers with the run it has started.',
        }),
      ),
    }),
    body: AnyJson,
    bodyRequired: false,
    answers: {
      202: {
        description: 'It has started a run, now or before; or the trigger’s filter has left it out.',
        body: Type.Union([Delivered, Filtered]),
      },
    },
    refusals: [
      'TRIGGERS_DISABLED',
      'INVALID_SIGNATURE',
      'VERSION_NOT_FOUND',
      'PAYLOAD_TOO_LARGE',
      'INVALID_EXPRESSION',
      'INPUT_VALIDATION_FAILED',
      'QUOTA_EXCEEDED',
      'STORE_UNAVAILABLE',
    ],
  },
  listWebhooks: {
    summary: 'The webhook triggers of the latest versions',
    description: 'Without secrets, which are shown only where they are made: by a publish or a rotation.',
    answers: { 200: { description: 'Triggers, without secrets.', body: listOf(Webhook) } },
    refusals: [],
  },
  listEventTriggers: {
    summary: 'The triggers of platform events of the latest versions, with their topics',
    description: 'By flow. `topicRef` is the one that the publish answered.',
    answers: { 200: { description: 'Triggers.', body: listOf(EventTrigger) } },
    refusals: [],
  },
  listDeliveries: {
    summary: 'Deliveries to a webhook of the last 7 days, newest first',
    description: 'Bodies are kept of accepted deliveries only. A refused signature is listed where the trigger exists.',
    query: Type.Object(PAGE),
    answers: { 200: { description: 'A page of deliveries.', body: pageOf(Delivery) } },
    refusals: ['FLOW_NOT_FOUND', 'INVALID_QUERY'],
  },
  redeliverWebhook: {
    summary: 'Starts a new run from the body of an accepted delivery',
    description: 'From the body that was kept, whatever became of the first run.',
    answers: { 202: { description: 'The run.', body: Delivered } },
    refusals: [
      'DELIVERY_NOT_FOUND',
      'VERSION_NOT_FOUND',
      'INPUT_VALIDATION_FAILED',
      'QUOTA_EXCEEDED',
      'INVALID_POSITION',
      'POSITION_NOT_REACHED',
      'FLOWS_DISABLED',
    ],
  },
  rotateWebhookSecret: {
    summary: 'Makes a new secret; it is shown here',
    description: 'For the configured grace, by default none, the secret before it is valid too.',
    answers: {
      201: {
        description: 'The secret; until `previousValidUntil` the one before is valid too.',
        body: closed(
          { triggerId: Id, secret: nullable(Type.String()), previousValidUntil: nullable(Timestamp) },
          { $id: 'RotatedWebhookSecret' },
        ),
      },
    },
    refusals: ['FLOW_NOT_FOUND', 'TRIGGER_REGISTRATION_FAILED'],
  },
} as const satisfies Record<string, RouteSchema>;
