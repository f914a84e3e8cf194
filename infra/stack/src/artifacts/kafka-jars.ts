import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { step, type Report } from '../progress.js';
import { ensureMavenJars } from './maven-jars.js';

export const KAFKA_VERSION = '4.1.0';

// log4j-slf4j-impl is what the release archive ships and the Maven artifact leaves out: without it there is no log.
const ARTIFACTS = [`org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`, 'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3'];

/**
 * For a broker of one machine, and whatever lives for minutes only: to compile everything well takes longer than it saves.
 * Measured at eight runs a second: 0.11 of a core instead of 0.18, of which 0.08 were compiling; 0.026 instead of 0.038 idle.
 */
export const NO_LONG_COMPILES = ['-XX:TieredStopAtLevel=1'];
/** For a JVM that lives for seconds. */
export const SHORT_LIVED_JVM = [...NO_LONG_COMPILES, '-XX:+UseSerialGC'];

function kafkaFolder(cache: string): string {
  return join(cache, `kafka-${KAFKA_VERSION}`);
}

/** True when the broker's jars are in the cache, so that Maven is not needed. */
export function hasKafkaJars(cache: string): boolean {
  return existsSync(kafkaFolder(cache));
}

/** Fetches the broker's jars through Maven unless the cache has them; resolves with the folder that holds them. */
export async function ensureKafkaJars(cache: string, report: Report): Promise<string> {
  const folder = kafkaFolder(cache);
  if (hasKafkaJars(cache)) return join(folder, 'libs');
  return step(report, `fetching Kafka ${KAFKA_VERSION} with Maven`, 15_000, () => ensureMavenJars(folder, ARTIFACTS));
}

/**
 * Fetches the command line tools that come with Kafka, which no service needs: `ConsoleProducer` and the like.
 *
 * @returns the folder of their jars
 */
export async function ensureKafkaTools(cache: string, report: Report): Promise<string> {
  const artifacts = [
    `org.apache.kafka:kafka-tools:${KAFKA_VERSION}`,
    'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
  ];
  const folder = join(cache, `kafka-tools-${KAFKA_VERSION}`);
  return step(report, `fetching the tools of Kafka ${KAFKA_VERSION} with Maven`, 15_000, () =>
    ensureMavenJars(folder, artifacts),
  );
}
