import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, ensureKafkaTools } from '@flowplane/stack';
import { passwordOf, type SecureStack } from './secure-stack.js';

const run = promisify(execFile);

const TOOL = 'org.apache.kafka.tools.AclCommand';
const JAVA = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Runs Kafka's tool once for each line of a file: twenty starts of Java would cost more than all the rest of the test. */
const ALL_LINES = `class AllLines {
  public static void main(String[] files) throws Exception {
    for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of(files[0]))) ${TOOL}.main(line.split(" "));
  }
}
`;

/** Runs `kafka-acls.sh` of the stack as an operator does: with Kafka's own tool, as a user who may alter rights. */
export async function allowServices({ brokers, files }: SecureStack, folder: string): Promise<void> {
  const libs = join(await ensureKafkaTools(cacheFolder(process.env), () => undefined), '*');
  const [tool, calls, allLines] = [join(folder, 'kafka-acls'), join(folder, 'calls'), join(folder, 'AllLines.java')];
  await writeFile(calls, '');
  await writeFile(allLines, ALL_LINES);
  // A Java without a compiler cannot run the file above: then each call starts one.
  const hasCompiler = (await run('java', ['--list-modules'])).stdout.includes('jdk.compiler');
  const atOnce = `exec java ${JAVA.join(' ')} -cp '${libs}' ${TOOL} "$@"`;
  await writeFile(tool, `#!/bin/sh\n${hasCompiler ? `echo "$@" >> '${calls}'` : atOnce}\n`);
  await chmod(tool, 0o755);
  const script = fileURLToPath(new URL('../../stack/kafka-acls.sh', import.meta.url));
  const settings = await adminSettings(files.ca, folder);
  await run(script, {
    env: { ...process.env, KAFKA_BROKERS: brokers.sasl, KAFKA_ADMIN_CONFIG: settings, KAFKA_ACLS: tool },
  });
  if (hasCompiler) await run('java', [...JAVA, '-cp', libs, allLines, calls]);
}

async function adminSettings(ca: string, folder: string): Promise<string> {
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  const file = join(folder, 'admin.properties');
  await writeFile(
    file,
    [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      `sasl.jaas.config=${login} username="admin" password="${passwordOf('admin')}";`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${ca}`,
      'default.api.timeout.ms=300000',
      '',
    ].join('\n'),
  );
  return file;
}
