import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { runTool } from '../artifacts/run-tool.js';
import { messageOf, StackFault } from '../fault.js';
import type { InfraEndpoints, InfraPorts } from '../infra.js';
import { choosePort } from '../net/port-choice.js';
import { servesGrpc } from '../net/probes.js';
import { waitUntil } from '../net/wait-until.js';
import { repoRoot, type HomeLayout } from '../paths.js';
import { postgresUrl } from '../postgres/postgres-server.js';
import { step, type Report } from '../progress.js';
import type { StackSecrets } from '../secrets.js';
import { FRONTEND_SERVICE } from '../temporal/temporal-server.js';

/** Kafka, PostgreSQL and Temporal as containers. */
export interface Containers {
  readonly endpoints: InfraEndpoints;
  /** Stops the containers; their volumes stay. */
  stop(): Promise<void>;
}

export interface ContainersOptions {
  readonly layout: HomeLayout;
  readonly secrets: StackSecrets;
  readonly ports: InfraPorts;
  /** Parts that run elsewhere; what is named here gets no container. */
  readonly external: Partial<InfraEndpoints>;
  /** Removes the volumes first. */
  readonly isReset: boolean;
  readonly report: Report;
}

/** Starts the containers of `compose.yaml`, one project per data folder, and waits until all of them serve. */
export async function startContainers(options: ContainersOptions): Promise<Containers> {
  const { external, report } = options;
  const services = [
    ...(external.kafkaBrokers === undefined ? ['kafka'] : []),
    ...(external.dbUrl === undefined || external.temporalAddress === undefined ? ['postgres'] : []),
    ...(external.temporalAddress === undefined ? ['temporal'] : []),
  ];
  const compose = composeRunner(options, await assertDocker());
  if (options.isReset) await step(report, 'removing the containers’ volumes', 0, () => compose(['down', '--volumes']));
  const kafka = await choosePort('Kafka', { ...options.ports.kafka, option: '--kafka-port' }, report);
  const postgres = await choosePort('PostgreSQL', { ...options.ports.postgres, option: '--postgres-port' }, report);
  const temporal = await choosePort('Temporal', { ...options.ports.temporal, option: '--temporal-port' }, report);
  const chosen = { KAFKA_PORT: String(kafka), POSTGRES_PORT: String(postgres), TEMPORAL_PORT: String(temporal) };
  if (services.length > 0) {
    await step(report, `containers: ${services.join(', ')}`, 60_000, async () => {
      await compose(['up', '--detach', '--wait', ...services], chosen);
      const isServing = (): Promise<boolean> =>
        services.includes('temporal') ? servesGrpc(temporal, FRONTEND_SERVICE) : Promise.resolve(true);
      await waitUntil('Temporal', isServing, { timeoutMs: 60_000, everyMs: 200 });
    });
  }
  return {
    endpoints: {
      kafkaBrokers: external.kafkaBrokers ?? `127.0.0.1:${kafka}`,
      dbUrl: external.dbUrl ?? postgresUrl(postgres, options.secrets.postgresPassword, 'flowplane'),
      temporalAddress: external.temporalAddress ?? `127.0.0.1:${temporal}`,
    },
    stop: () => compose(['stop'], chosen),
  };
}

type Compose = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<void>;

function composeRunner(options: ContainersOptions, command: readonly string[]): Compose {
  // Volumes belong to a data folder, and with them the password they were made with.
  const project = `flowplane-${createHash('sha256').update(options.layout.home).digest('hex').slice(0, 8)}`;
  const [program = 'docker', ...leading] = command;
  return async (args, env = {}) => {
    await runTool({
      command: program,
      args: [...leading, '--project-name', project, '--file', join(repoRoot(), 'infra/stack/compose.yaml'), ...args],
      env: { ...process.env, ...env, POSTGRES_PASSWORD: options.secrets.postgresPassword },
    });
  };
}

async function assertDocker(): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const command of [['docker', 'compose'], ['docker-compose']]) {
    const [program = '', ...leading] = command;
    try {
      await runTool({ command: program, args: [...leading, 'version'] });
      return command;
    } catch (thrown) {
      faults.push(messageOf(thrown).trim());
    }
  }
  throw new StackFault(
    `--docker needs Docker with its compose plugin, which did not answer:\n${faults.join('\n')}\n` +
      'Two ways out: install Docker with the compose plugin, or start without --docker (Java 17, Maven and Go 1.25 needed).',
  );
}
