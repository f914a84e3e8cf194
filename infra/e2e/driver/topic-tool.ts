import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, ensureKafkaTools, SHORT_LIVED_JVM } from '@flowplane/stack';

const run = promisify(execFile);

/** The tool of Kafka for topics, as an operator uses it: `--alter --topic t --partitions 6`. @throws with what it said */
export async function topicTool(brokers: string, ...args: readonly string[]): Promise<void> {
  const jars = await ensureKafkaTools(cacheFolder(process.env), () => undefined);
  const tool = [
    ...SHORT_LIVED_JVM,
    '-cp',
    join(jars, '*'),
    'org.apache.kafka.tools.TopicCommand',
    '--bootstrap-server',
    brokers,
  ];
  await run('java', [...tool, ...args]);
}
