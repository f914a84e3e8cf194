import { waitUntil, type IsolatedServices } from '@flowplane/stack';
import { makeTopicPublisher } from '@flowplane/plumbing/kafka';
import { expect } from 'vitest';
import { expectStatus, makeApiClient, PATIENT, publishFlow, type ApiClient } from './api-client.js';
import type { PublishBody } from './api-types.js';
import type { ProducedRecord } from './console-producer.js';
import { checkLog } from './log-check.js';
import { withLog } from './log-reader.js';
import {
  inputNumbers,
  listeningFlow,
  removeTopics,
  requestedIn,
  runsByStatus,
  sumOf,
  uniqueWorkspace,
} from './platform-events.js';
import { settledLog } from './settled-log.js';

/** On a busy machine. */
const ALL_STARTED_MS = 240_000;

export type Listening = { readonly client: ApiClient; readonly workspaceId: string; readonly topic: string };

/** What tests of platform events on one set of services share. */
export type EventTests = {
  readonly env: IsolatedServices['env'];
  readonly brokers: string;
  /** A tenant's workspace with a flow `F` that listens to records of type `tick`; `more` are members of its trigger. */
  readonly listening: (more?: object, tenantId?: string) => Promise<Listening>;
  /** Makes and publishes a flow that listens to records of a type. @returns the topic, as the answer names it */
  readonly topicOf: (client: ApiClient, flowId: string, eventType: string) => Promise<string>;
  /**
   * Appends records with our own producer, which is quick: a JVM takes seconds to start. Tests of what others may send
   * use the console producer.
   *
   * @param keyed each record has a different key, which spreads them over all partitions
   */
  readonly produce: (topic: string, records: readonly ProducedRecord[], keyed?: 'keyed') => Promise<void>;
  /** Waits for that many runs in a workspace. */
  readonly runs: (workspaceId: string, count: number) => Promise<void>;
  /** Deletes a topic. */
  readonly removeTopic: (topic: string) => Promise<void>;
  readonly removeTopics: () => Promise<void>;
};

export function makeEventTests({ env, url }: IsolatedServices): EventTests {
  const topics: string[] = [];
  const runs: EventTests['runs'] = async (workspaceId, count) => {
    const there = async (): Promise<boolean> => sumOf(await runsByStatus(env, workspaceId)) >= count;
    await waitUntil(`${count} runs in ${workspaceId}`, there, { timeoutMs: ALL_STARTED_MS, everyMs: 250 });
  };
  const topicOf: EventTests['topicOf'] = async (client, flowId, eventType) => {
    const body = { name: flowId, flowId, definition: listeningFlow(eventType) };
    expectStatus(await client.call('POST', '/flows', { body, headers: PATIENT }), 201);
    const answer = await client.call<PublishBody>('POST', `/flows/${flowId}/versions`, { headers: PATIENT });
    const topic = expectStatus(answer, 201).triggers.events[0]?.topicRef ?? '';
    topics.push(topic);
    return topic;
  };
  return {
    topicOf,
    produce: (topic, given, keyed) =>
      withLog(env, async (kafka) => {
        const publisher = makeTopicPublisher(kafka, { replicationFactor: 1 });
        const toPublish = given.map(({ value, headers = {} }, index) => ({
          ...{ key: keyed === undefined ? null : String(index), value: Buffer.from(value), headers },
        }));
        await publisher.publish({ name: topic, partitions: 1, config: {} }, toPublish);
        await publisher.close();
      }),
    env,
    brokers: env['KAFKA_BROKERS'] ?? '',
    runs,
    listening: async (more = {}, tenantId = 'acme') => {
      const workspaceId = uniqueWorkspace();
      const topic = `evt.${workspaceId}.tick`;
      topics.push(topic);
      const client = makeApiClient(url, { tenantId, workspaceId });
      await publishFlow(client, 'F', listeningFlow('tick', more));
      return { client, workspaceId, topic };
    },
    removeTopic: (topic) => removeTopics(env, [topic]),
    removeTopics: () => removeTopics(env, topics),
  };
}

/** Exactly one run for each of the numbers that were produced, by the log. */
export async function expectRuns(
  { env, runs }: EventTests,
  workspaceId: string,
  expected: readonly number[],
): Promise<void> {
  await runs(workspaceId, expected.length);
  const log = await settledLog(env, 60_000);
  expect(checkLog(log, {})).toEqual([]);
  const requested = requestedIn(log, workspaceId);
  expect(new Set(requested.map(({ event }) => event.data.executionId)).size).toBe(requested.length);
  expect(inputNumbers(requested)).toEqual(expected);
  expect(new Set(requested.map(({ event }) => `${event.data.triggerType} ${event.meta.actorId}`))).toEqual(
    new Set(['platform_event apikey:service']),
  );
}

/** Records whose input is `{n}`, one for each number. */
export const records = (of: readonly number[]): readonly ProducedRecord[] =>
  of.map((n) => ({ value: JSON.stringify({ n }) }));
