import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureOpenSearch } from '../artifacts/opensearch-program.js';
import { answersOk } from '../net/probes.js';
import type { Supervisor } from '../process/supervisor.js';
import { step, type Report } from '../progress.js';

/** The name of its process. */
export const OPENSEARCH = 'opensearch';

export interface OpenSearchOptions {
  readonly supervisor: Supervisor;
  readonly cache: string;
  /** Data and settings. */
  readonly folder: string;
  readonly port: number;
  readonly transportPort: number;
  readonly report: Report;
}

/**
 * Fetches OpenSearch unless the cache has it, and starts one node without a password on loopback: about 8 s and 700 MB.
 * Resolves with its url once it answers; what was started is the supervisor's to stop.
 */
export async function startOpenSearch(options: OpenSearchOptions): Promise<string> {
  const { supervisor, cache, folder, port, transportPort, report } = options;
  const { classPath, mainClass } = await ensureOpenSearch(cache, report);
  const temporary = join(folder, 'tmp');
  // The server wants its folder of settings to exist, empty as it is.
  for (const needed of ['config', 'tmp']) await mkdir(join(folder, needed), { recursive: true });
  const loggingFile = join(folder, 'log4j2.properties');
  await writeFile(loggingFile, LOGGING);
  const settings = {
    'path.home': folder,
    'node.name': 'flowplane',
    'cluster.name': 'flowplane',
    'network.host': '127.0.0.1',
    'http.port': port,
    'transport.port': transportPort,
    'discovery.type': 'single-node',
    'node.roles': 'cluster_manager,data,ingest',
    'http.type': 'netty4',
    'transport.type': 'netty4',
    'cluster.routing.allocation.disk.threshold_enabled': false,
  };
  const jvm = ['-Xms512m', '-Xmx512m', '-XX:ActiveProcessorCount=1', '-XX:TieredStopAtLevel=1'];
  const files = [`-Dlog4j2.configurationFile=${loggingFile}`, `-Djava.io.tmpdir=${temporary}`];
  await step(report, `OpenSearch on 127.0.0.1:${port}`, 8_000, () =>
    supervisor.start({
      name: OPENSEARCH,
      command: 'java',
      args: [
        ...jvm,
        ...files,
        ...['-cp', classPath, mainClass],
        ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
      ],
      env: process.env,
      port,
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 15_000,
      isReady: () => answersOk(port, '/'),
      readyTimeoutMs: 180_000,
    }),
  );
  return `http://127.0.0.1:${port}`;
}

const LOGGING = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}] %-5p %c{1.}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`;
