import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { INFRA_STOP_ORDER } from '../isolated-stack.js';
import { messageOf, StackFault } from '../fault.js';
import { startInfra } from '../infra.js';
import { cacheFolder, homeFolder, homeLayout } from '../paths.js';
import { stopLeftovers } from '../process/leftovers.js';
import { makeSupervisor } from '../process/supervisor.js';
import { ensureSecrets } from '../secrets.js';
import { onStopSignal } from './stop-signal.js';

/**
 * Kafka, PostgreSQL and Temporal without our services, for work on a service. `--export-to FILE` gets the three
 * variables as shell lines. Runs until it gets a stop signal.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      reset: { type: 'boolean', default: false },
      'export-to': { type: 'string' },
      'kafka-port': { type: 'string', default: '9092' },
      'postgres-port': { type: 'string', default: '5432' },
      'temporal-port': { type: 'string', default: '7233' },
    },
  });
  const report = (line: string): void => console.log(line);
  const layout = homeLayout(values.home === undefined ? homeFolder(process.env) : resolve(values.home));
  const before = await stopLeftovers(layout.pidsFile, report);
  if (before.kind === 'in-use') throw new StackFault(`${layout.home} is in use by process ${before.launcherPid}.`);
  if (values.reset) await rm(layout.home, { recursive: true, force: true });
  const supervisor = makeSupervisor({ logs: layout.logs, pidsFile: layout.pidsFile, report });
  const stop = async (): Promise<void> => {
    for (const name of INFRA_STOP_ORDER) await supervisor.stop(name);
  };
  const port = (text: string): { port: number; isFixed: boolean } => ({ port: Number(text), isFixed: true });
  try {
    const endpoints = await startInfra({
      layout,
      cache: cacheFolder(process.env),
      ports: {
        kafka: port(values['kafka-port']),
        postgres: port(values['postgres-port']),
        temporal: port(values['temporal-port']),
      },
      secrets: await ensureSecrets(layout.secretsFile),
      external: {},
      supervisor,
      report,
    });
    const admin = endpoints.dbUrl.replace(/[^/]*$/, 'postgres');
    const lines = [
      `export KAFKA_BROKERS=${endpoints.kafkaBrokers}`,
      `export FLOWS_DB_URL=${admin}`,
      `export TEMPORAL_ADDRESS=${endpoints.temporalAddress}`,
    ];
    if (values['export-to'] !== undefined)
      await writeFile(values['export-to'], `${lines.join('\n')}\n`, { mode: 0o600 });
    report(`ready\n${lines.join('\n')}`);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  await onStopSignal(report);
  await stop();
  await rm(layout.pidsFile, { force: true });
}

main().then(
  () => process.exit(0),
  (thrown: unknown) => {
    console.error(
      thrown instanceof StackFault ? thrown.message : thrown instanceof Error ? thrown.stack : messageOf(thrown),
    );
    process.exit(1);
  },
);
