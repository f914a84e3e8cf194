import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NO_LONG_COMPILES, SHORT_LIVED_JVM } from '../artifacts/kafka-jars.js';
import { runTool } from '../artifacts/run-tool.js';
import { acceptsTcp } from '../net/probes.js';
import type { ProcessSpec } from '../process/process-spec.js';
import type { KafkaSecurity } from '../stack-security.js';
import { brokerLogging, brokerSettings } from './broker-settings.js';

export interface KafkaBrokerOptions {
  /** Folder of the jars. */
  readonly jars: string;
  /** Folder of this broker's files. */
  readonly folder: string;
  /** Where it keeps its data; default: below `folder`. */
  readonly data?: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly security?: KafkaSecurity;
  /** Name of the process; default: kafka. */
  readonly name?: string;
  /** Settings over those of a lone broker. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Writes the broker's settings and formats its storage when it has none; resolves with how to run it. */
export async function prepareKafkaBroker(options: KafkaBrokerOptions): Promise<ProcessSpec> {
  const settingsFile = join(options.folder, 'server.properties');
  const loggingFile = join(options.folder, 'log4j2.properties');
  const data = options.data ?? join(options.folder, 'data');
  await mkdir(options.folder, { recursive: true });
  const { port, controllerPort, security } = options;
  const overrides = { ...security?.settings({ port, controllerPort }), ...options.settings };
  await writeFile(settingsFile, brokerSettings({ data, port, controllerPort, overrides }), { mode: 0o600 });
  await writeFile(loggingFile, brokerLogging());
  const java = ['-cp', join(options.jars, '*'), `-Dlog4j2.configurationFile=${loggingFile}`];
  if (!existsSync(join(data, 'meta.properties'))) {
    const clusterId = Buffer.from('flowplane-local!').toString('base64url');
    const format = ['kafka.tools.StorageTool', 'format', '--config', settingsFile];
    const users = (security?.scramUsers ?? []).flatMap((user) => ['--add-scram', user]);
    const args = ['-Xmx256m', ...SHORT_LIVED_JVM, ...java, ...format];
    await runTool({ command: 'java', args: [...args, '--cluster-id', clusterId, '--ignore-formatted', ...users] });
  }
  return {
    name: options.name ?? 'kafka',
    command: 'java',
    args: [
      ...NO_LONG_COMPILES,
      '-Xms256m',
      '-Xmx512m',
      '-XX:+UseG1GC',
      '-XX:MaxGCPauseMillis=20',
      ...java,
      'kafka.Kafka',
      settingsFile,
    ],
    env: process.env,
    port: options.port,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
    isReady: () => acceptsTcp(options.port),
    readyTimeoutMs: 180_000,
  };
}
