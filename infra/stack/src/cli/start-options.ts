import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, StackFault } from '../fault.js';
import type { InfraEndpoints, InfraPorts, WantedPort } from '../infra.js';
import { cacheFolder, homeFolder } from '../paths.js';

export interface StartOptions {
  readonly home: string;
  readonly cache: string;
  readonly isReset: boolean;
  readonly usesDocker: boolean;
  /** Whether all services run as one process. */
  readonly isCompact: boolean;
  readonly runsDemo: boolean;
  readonly gateway: WantedPort;
  readonly infra: InfraPorts;
  /** Null where OpenSearch was not asked for. */
  readonly openSearch: WantedPort | null;
  /** Parts that run elsewhere, as the environment names them. */
  readonly external: Partial<InfraEndpoints>;
}

export const START_USAGE = `npm start -- [options]

  --reset                 empty the data folder first (downloads and builds stay)
  --docker                run Kafka, PostgreSQL and Temporal in containers
  --compact               run all services in one process, for small deployments (docs/operations.md)
  --no-demo               only serve: publish and start nothing
  --with-opensearch       run an OpenSearch server, for templates that provision one (Java 17 and Maven needed)
  --port N                port of the gateway             (default 8080, FLOWPLANE_PORT)
  --kafka-port N          port of Kafka                   (default 9092, FLOWPLANE_KAFKA_PORT)
  --postgres-port N       port of PostgreSQL              (default 5432, FLOWPLANE_POSTGRES_PORT)
  --temporal-port N       port of Temporal                (default 7233, FLOWPLANE_TEMPORAL_PORT)
  --opensearch-port N     port of OpenSearch              (default 9200, FLOWPLANE_OPENSEARCH_PORT)
  --home FOLDER           data folder                     (default .flowplane, FLOWPLANE_HOME)

A default port that is taken gives way to the next free one; a port you name must be free. With KAFKA_BROKERS,
FLOWS_DB_URL or TEMPORAL_ADDRESS set, that one is used and none of its kind is started. With FLOWS_OPENSEARCH_URL set, --with-opensearch starts none either.`;

const DEFAULT_PORTS = {
  port: 8080,
  'kafka-port': 9092,
  'postgres-port': 5432,
  'temporal-port': 7233,
  'opensearch-port': 9200,
} as const;
type PortOption = keyof typeof DEFAULT_PORTS;

const LAST_PORT = 65_535;
// Temporal keeps the ports of its members as signed 16-bit numbers.
const LAST_TEMPORAL_PORT = 32_767;

/** Reads the command line and the environment. Throws a `StackFault` that names what cannot be used. */
export function startOptions(args: readonly string[], env: NodeJS.ProcessEnv): StartOptions {
  const values = parse(args);
  const portOf = (option: PortOption): WantedPort => {
    const text = values[option] ?? env[`FLOWPLANE_${option.replace('-', '_').toUpperCase()}`];
    if (text === undefined || text === '') return { port: DEFAULT_PORTS[option], isFixed: false };
    const last = option === 'temporal-port' ? LAST_TEMPORAL_PORT : LAST_PORT;
    const port = Number(text);
    if (!Number.isInteger(port) || port < 1 || port > last) {
      throw new StackFault(`--${option} must be a whole number from 1 to ${last}, not ${text}.`);
    }
    return { port, isFixed: true };
  };
  return {
    home: values.home === undefined ? homeFolder(env) : resolve(values.home),
    cache: cacheFolder(env),
    isReset: values.reset,
    usesDocker: values.docker,
    isCompact: values.compact,
    runsDemo: !values['no-demo'],
    gateway: portOf('port'),
    infra: { kafka: portOf('kafka-port'), postgres: portOf('postgres-port'), temporal: portOf('temporal-port') },
    openSearch: values['with-opensearch'] && !env['FLOWS_OPENSEARCH_URL'] ? portOf('opensearch-port') : null,
    external: externalEndpoints(env),
  };
}

/** The parts of a stack that the environment says run elsewhere. */
export function externalEndpoints(env: NodeJS.ProcessEnv): Partial<InfraEndpoints> {
  return {
    ...(env['KAFKA_BROKERS'] ? { kafkaBrokers: env['KAFKA_BROKERS'] } : {}),
    ...(env['FLOWS_DB_URL'] ? { dbUrl: env['FLOWS_DB_URL'] } : {}),
    ...(env['TEMPORAL_ADDRESS'] ? { temporalAddress: env['TEMPORAL_ADDRESS'] } : {}),
  };
}

interface Values {
  readonly reset: boolean;
  readonly docker: boolean;
  readonly compact: boolean;
  readonly 'no-demo': boolean;
  readonly home?: string;
  readonly port?: string;
  readonly 'kafka-port'?: string;
  readonly 'postgres-port'?: string;
  readonly 'temporal-port'?: string;
  readonly 'opensearch-port'?: string;
  readonly 'with-opensearch': boolean;
}

function parse(args: readonly string[]): Values {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        reset: { type: 'boolean', default: false },
        docker: { type: 'boolean', default: false },
        compact: { type: 'boolean', default: false },
        'no-demo': { type: 'boolean', default: false },
        home: { type: 'string' },
        port: { type: 'string' },
        'kafka-port': { type: 'string' },
        'postgres-port': { type: 'string' },
        'temporal-port': { type: 'string' },
        'opensearch-port': { type: 'string' },
        'with-opensearch': { type: 'boolean', default: false },
      },
    });
    return values as Values;
  } catch (thrown) {
    throw new StackFault(`${messageOf(thrown)}\n\n${START_USAGE}`);
  }
}
