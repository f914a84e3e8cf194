import type { TopicName } from '@flowplane/contracts';
import { topicId, type KafkaClient } from '@flowplane/plumbing/kafka';

/** Ids of the topics that are read and written by deciding. A topic that was recreated under its name has another id. */
export type TopicIds = { readonly events: string; readonly commands: string };

/** Partitions are taken over together: the first asks, the others of that moment share the answer. */
const SHARED_FOR_MS = 1000;

/** @returns a look-up that throws KafkaFault when the brokers cannot be asked */
export function makeTopicIds(kafka: KafkaClient, topics: Readonly<Record<TopicName, string>>): () => Promise<TopicIds> {
  let answer: Promise<TopicIds> | undefined;
  let askedAt = -Infinity;
  const ask = async (): Promise<TopicIds> => {
    const [events, commands] = await Promise.all([topicId(kafka, topics.events), topicId(kafka, topics.commands)]);
    return { events, commands };
  };
  return () => {
    if (answer === undefined || performance.now() - askedAt > SHARED_FOR_MS) {
      askedAt = performance.now();
      const mine = ask().catch((error: unknown) => {
        if (answer === mine) answer = undefined;
        throw error;
      });
      answer = mine;
    }
    return answer;
  };
}
