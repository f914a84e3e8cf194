import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { messageOf, StackFault } from '../fault.js';
import type { InfraEndpoints } from '../infra.js';
import { freePorts } from '../net/ports.js';
import { servesGrpc } from '../net/probes.js';
import { waitUntil } from '../net/wait-until.js';
import { repoRoot } from '../paths.js';
import { postgresUrl } from '../postgres/postgres-server.js';
import { step, type Report } from '../progress.js';
import { FRONTEND_SERVICE } from '../temporal/temporal-server.js';
import { makeTemporary, removeFolder, stopWhatTestsLeft, type TestStack } from './test-stack.js';

/** What the containers of one run are called and where they listen, on loopback. */
export type ContainerPlan = {
  /** Unique: two runs never share a container or a volume. */
  readonly project: string;
  /** What `compose.yaml` reads. */
  readonly env: Readonly<Record<string, string>>;
  readonly endpoints: InfraEndpoints;
};

/** Starts the containers. @returns how to remove them with their volumes. @throws when no engine answers */
export type UpContainers = (plan: ContainerPlan) => Promise<() => Promise<void>>;

const STARTUP_MS = 300_000;

/** As `openTestStack`, with Kafka, PostgreSQL and Temporal in containers of the versions in `compose.yaml`. */
export async function openContainerStack(
  folder: string,
  report: Report,
  up: UpContainers = upByTestcontainers,
): Promise<TestStack> {
  const temporary = await makeTemporary(folder);
  const plan = await planContainers();
  let down = (): Promise<void> => Promise.resolve();
  const endpoints = step(report, 'containers: kafka, postgres, temporal', STARTUP_MS, async () => {
    down = await up(plan).catch((thrown: unknown) => {
      throw withoutEngine(thrown);
    });
    const port = Number(plan.env['TEMPORAL_PORT']);
    const patience = { timeoutMs: 60_000, everyMs: 200 };
    await waitUntil('Temporal', () => servesGrpc(port, FRONTEND_SERVICE), patience);
    return plan.endpoints;
  });
  endpoints.catch(() => undefined); // the caller that awaits it gets the fault
  return {
    temporary,
    endpoints,
    async close() {
      await endpoints.catch(() => undefined);
      await stopWhatTestsLeft(temporary, report);
      await down();
      await removeFolder(folder);
    },
  };
}

/** Free ports and names of this run's own. */
export async function planContainers(): Promise<ContainerPlan> {
  const [kafka = 0, postgres = 0, temporal = 0] = await freePorts(3);
  const password = randomBytes(16).toString('hex');
  return {
    project: `flowplane-test-${randomBytes(4).toString('hex')}`,
    env: {
      KAFKA_PORT: String(kafka),
      POSTGRES_PORT: String(postgres),
      TEMPORAL_PORT: String(temporal),
      POSTGRES_PASSWORD: password,
    },
    endpoints: {
      kafkaBrokers: `127.0.0.1:${kafka}`,
      dbUrl: postgresUrl(postgres, password, 'flowplane'),
      temporalAddress: `127.0.0.1:${temporal}`,
    },
  };
}

/** Loaded only where it is asked for: nobody else pays for it. */
const upByTestcontainers: UpContainers = async ({ project, env }) => {
  const { DockerComposeEnvironment, Wait } = await import('testcontainers');
  const environment = new DockerComposeEnvironment(join(repoRoot(), 'infra', 'stack'), 'compose.yaml')
    .withProjectName(project)
    .withEnvironment({ ...env })
    .withStartupTimeout(STARTUP_MS)
    .withDefaultWaitStrategy(Wait.forHealthCheck())
    .withWaitStrategy('temporal-schema-1', Wait.forOneShotStartup());
  const started = await environment.up();
  return async () => {
    await started.down({ removeVolumes: true });
  };
};

const withoutEngine = (thrown: unknown): StackFault =>
  new StackFault(
    `--docker needs a container engine with its compose plugin, which did not start the stack:\n${messageOf(thrown)}\n` +
      'Two ways out: start Docker (or set DOCKER_HOST), or run the tests without --docker (Java 17, Maven and Go 1.25 needed).',
  );
