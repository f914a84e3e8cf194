import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, ensureKafkaTools } from '@flowplane/stack';
import { passwordOf, type SecureStack } from './secure-stack.js';

const run = promisify(execFile);

/** Runs `kafka-acls.sh` of the stack as an operator does: with Kafka's own tool, as a user who may alter rights. */
export async function allowServices({ brokers, files }: SecureStack, folder: string): Promise<void> {
  const jars = await ensureKafkaTools(cacheFolder(process.env), () => undefined);
  const tool = join(folder, 'kafka-acls');
  const java = `exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '${join(jars, '*')}'`;
  await writeFile(tool, `#!/bin/sh\n${java} org.apache.kafka.tools.AclCommand "$@"\n`);
  await chmod(tool, 0o755);
  const settings = join(folder, 'admin.properties');
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  await writeFile(
    settings,
    [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      `sasl.jaas.config=${login} username="admin" password="${passwordOf('admin')}";`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${files.ca}`,
      'default.api.timeout.ms=300000',
      '',
    ].join('\n'),
  );
  const script = fileURLToPath(new URL('../../stack/kafka-acls.sh', import.meta.url));
  await run(script, {
    env: { ...process.env, KAFKA_BROKERS: brokers.sasl, KAFKA_ADMIN_CONFIG: settings, KAFKA_ACLS: tool },
  });
}
