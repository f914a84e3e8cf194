import {
  registration,
  type SettleTriggerRecord,
  type StartFromTrigger,
  type TriggerOrigin,
} from '@flowplane/contracts';
import { metaOf, T0, TENANT, type StoryStep } from './decider-specification.js';
import { create, publish } from './story.js';

/** Records of a platform-event topic, for stories. */

export const TRIGGER = 'f1:platform-event:tick';

export const platformEvent = registration(TRIGGER, {
  ...{ kind: 'platform-event', eventType: 'tick', topic: 'evt.w1.tick', topicId: 'id1', startOffsets: [0] },
});
export const published: readonly StoryStep[] = [
  { command: create(), at: T0 },
  { command: publish(1, 'f1', { triggers: [platformEvent] }), at: T0 },
];

export type Place = { readonly partition?: number; readonly topicId?: string; readonly dedupeKey?: string };

export function origin(offset: number, { partition = 0, topicId = 'id1', dedupeKey }: Place = {}): TriggerOrigin {
  return {
    ...{ triggerId: TRIGGER, deliveryId: null, dedupeKey: dedupeKey ?? null, scheduledAt: null, depth: null },
    ...{ record: { topic: 'evt.w1.tick', topicId, partition, offset }, sizeBytes: 2, redelivery: 0 },
  };
}
export const runOf = (offset: number, { partition = 0 }: Place = {}): string =>
  `${TENANT}:w1:f1:pe:${TRIGGER}:evt.w1.tick:${partition}:${offset}`;
export const record = (
  offset: number,
  place: Place = {},
  data: Partial<StartFromTrigger['data']> = {},
): StartFromTrigger => ({
  type: 'StartFromTrigger',
  meta: metaOf(),
  data: {
    ...{ flowId: 'f1', executionId: runOf(offset, place), triggerType: 'platform_event', input: '{}' },
    ...{ trigger: origin(offset, place), secretId: null, verdict: null, strictInputs: false, ...data },
  },
});
/** The record is a dead letter. */
export const settle = (offset: number): SettleTriggerRecord => ({
  type: 'SettleTriggerRecord',
  meta: metaOf(),
  data: {
    ...{ flowId: 'f1', executionId: runOf(offset), trigger: origin(offset) },
    problem: { status: 429, code: 'QUOTA_EXCEEDED', message: '', errors: null, dimension: null, retryAfterSeconds: 1 },
  },
});
