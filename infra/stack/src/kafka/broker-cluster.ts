import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureKafkaJars } from '../artifacts/kafka-jars.js';
import { freePorts } from '../net/ports.js';
import { cacheFolder, homeLayout } from '../paths.js';
import { makeSupervisor } from '../process/supervisor.js';
import { prepareKafkaBroker } from './kafka-broker.js';

/** Several brokers that replicate, for tests that lose some of them. */
export interface BrokerCluster {
  /** `host:port`, comma separated. */
  readonly brokers: string;
  /** Kills a broker (from 0) with SIGKILL, and resolves once it serves again; it is started again at once. */
  readonly killAndRestart: (index: number) => Promise<void>;
  /** `SIGSTOP`: it answers nobody any more, until `SIGCONT`. */
  readonly signal: (index: number, signal: 'SIGSTOP' | 'SIGCONT') => void;
  /** Stops all and removes their data. */
  readonly close: () => Promise<void>;
}

const RESTART_TIMEOUT_MS = 120_000;

/** Starts as many brokers as asked for, each broker and controller in one process, on free ports of loopback. */
export async function startBrokerCluster(count: number): Promise<BrokerCluster> {
  const report = (): undefined => undefined;
  const jars = await ensureKafkaJars(cacheFolder(process.env), report);
  const layout = homeLayout(await mkdtemp(join(tmpdir(), 'flowplane-brokers-')));
  const supervisor = makeSupervisor({ ...layout, report });
  const ports = await freePorts(count * 2);
  const members = Array.from({ length: count }, (_, index) => ({
    name: `kafka-${index + 1}`,
    port: ports[index] as number,
    controllerPort: ports[count + index] as number,
  }));
  const replicas = String(Math.min(3, count));
  const inSync = count >= 3 ? '2' : '1';
  const shared = {
    'controller.quorum.voters': members
      .map(({ controllerPort }, index) => `${index + 1}@127.0.0.1:${controllerPort}`)
      .join(','),
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
  };
  const close = async (): Promise<void> => {
    await Promise.all(members.map(({ name }) => supervisor.stop(name).catch(() => undefined)));
    await rm(layout.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  const start = async (member: (typeof members)[number], index: number): Promise<void> =>
    supervisor.start(
      await prepareKafkaBroker({
        ...member,
        ...{ jars, folder: join(layout.kafka, member.name) },
        settings: { ...shared, 'node.id': String(index + 1) },
      }),
    );
  try {
    await Promise.all(members.map(start));
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const nameOf = (index: number): string => (members[index] as (typeof members)[number]).name;
  return {
    brokers: members.map(({ port }) => `127.0.0.1:${port}`).join(','),
    killAndRestart: async (index) => {
      const name = nameOf(index);
      await supervisor.restarted(name, supervisor.signal(name, 'SIGKILL'), RESTART_TIMEOUT_MS);
    },
    signal: (index, signal) => void supervisor.signal(nameOf(index), signal),
    close,
  };
}
