import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { step, type Report } from '../progress.js';
import { builtOnce } from './built-once.js';
import { runTool } from './run-tool.js';

export const KAFKA_VERSION = '4.1.0';

// log4j-slf4j-impl is what the release archive ships and the Maven artifact leaves out: without it there is no log.
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>flowplane.local</groupId>
  <artifactId>kafka-runtime</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
  </dependencies>
</project>
`;

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
  if (!hasKafkaJars(cache)) {
    await step(report, `fetching Kafka ${KAFKA_VERSION} with Maven`, 15_000, () =>
      builtOnce(folder, async (into) => {
        await writeFile(join(into, 'pom.xml'), POM);
        const args = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=libs', '-DincludeScope=runtime'];
        await runTool({ command: 'mvn', args, cwd: into });
      }),
    );
  }
  return join(folder, 'libs');
}
