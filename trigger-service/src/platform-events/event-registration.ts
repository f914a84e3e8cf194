import type { EventRegistration } from '@flowplane/runtime/read-model';

/** A topic as the brokers have it now. */
export type ListenedTopic = {
  readonly topicId: string;
  /** 1 unless the topic was deleted and created again. */
  readonly incarnation: number;
};

/** One for each trigger, topic id and publish that began it. */
export const listeningKey = (registration: EventRegistration, topicId: string): string =>
  [registration.tenantId, registration.workspaceId, registration.triggerId, registration.since, topicId].join('/');

/**
 * Where a trigger starts in a partition that it has no position in. A partition that came later, and a topic that was
 * recreated, hold nothing from before the publish.
 */
export const startOffsetOf = (registration: EventRegistration, topicId: string, partition: number): number =>
  topicId === registration.topicId ? (registration.startOffsets[partition] ?? 0) : 0;
