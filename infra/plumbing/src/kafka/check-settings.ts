import type { TopicSpec } from '@flowplane/contracts';
import type { KafkaClient } from './client.js';
import { asKafkaFault } from './faults.js';
import type { Link } from './link.js';
import { settingsOf, weakSettings } from './topic-settings.js';

/**
 * Looks at the settings of topics that were there before (`spec.otherwise`).
 *
 * @throws Error for one that is the truth and would lose records; KafkaFault
 */
export async function checkSettings(
  client: KafkaClient,
  link: Link,
  specs: readonly TopicSpec[],
  replicationFactor: number,
): Promise<void> {
  const watched = specs.filter(({ otherwise }) => otherwise !== undefined);
  if (watched.length === 0) return;
  const actual = await readSettings(
    link,
    watched.map(({ name }) => name),
  );
  for (const spec of watched) {
    const found = actual.get(spec.name);
    if (found === undefined) {
      client.logger.warn(
        { topic: spec.name },
        'its settings cannot be looked at: the right DescribeConfigs is missing',
      );
      continue;
    }
    const weak = weakSettings(settingsOf(spec, replicationFactor), found);
    if (weak.length === 0) continue;
    const message = `topic ${spec.name} would lose records: ${weak.join('; ')} (kafka-configs --alter --topic ${spec.name})`;
    if (spec.otherwise === 'refuse') throw new Error(`${message}. Refusing to use it`);
    client.logger.warn({ alert: 'weak-topic', topic: spec.name, weak }, message);
  }
}

const TOPIC_RESOURCE = 2;

/** Settings by topic, the broker's defaults included; a topic that may not be looked at is left out. */
async function readSettings(
  link: Link,
  topics: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const resources = topics.map((name) => ({ type: TOPIC_RESOURCE, name, configNames: [] }));
  try {
    const answer = await link.call('settings of topics', async (cluster) =>
      (await cluster.findControllerBroker()).describeConfigs({ resources }),
    );
    return new Map(
      answer.resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  } catch (error) {
    const fault = asKafkaFault(error, 'settings of topics');
    if (!fault.code.includes('AUTHORIZATION_FAILED')) throw fault;
    if (topics.length === 1) return new Map();
    const each = await Promise.all(topics.map((topic) => readSettings(link, [topic])));
    return new Map(each.flatMap((found) => [...found]));
  }
}
