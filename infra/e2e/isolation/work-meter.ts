import { topicNames } from '@flowplane/contracts';
import { connectKafka, endOffsets } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import type { PostgresProxy } from '../driver/postgres-proxy.js';
import { partitionsOf } from '../driver/log-reader.js';

/** What a request made the services do: how often each statement ran, and records appended to the log. */
export type Work = { readonly statements: Readonly<Record<string, number>>; readonly appended: number };

export type WorkMeter = {
  readonly measure: (request: () => Promise<unknown>) => Promise<Work>;
  readonly close: () => Promise<void>;
};

/** The pools that serve requests, by application name; others work in the background. */
const SERVING = ['command-service', 'projection-service reads', 'projection-service', 'monitor-service'];
const SAMPLES = 4;

type Env = Readonly<Record<string, string | undefined>>;

/** Nothing else may be asked of the services meanwhile. */
export async function openWorkMeter(env: Env, proxy: PostgresProxy): Promise<WorkMeter> {
  const logger = makeLogger({ service: 'e2e', level: 'error' });
  const brokers = (env['KAFKA_BROKERS'] ?? '').split(',');
  const kafka = await connectKafka({ brokers, clientId: 'work-meter' }, logger);
  const { commands } = topicNames(env['FLOWS_TOPIC_PREFIX'] ?? '');
  const partitions = Array.from({ length: partitionsOf(env) }, (_, partition) => partition);
  const records = async (): Promise<number> =>
    [...(await endOffsets(kafka, commands, partitions)).values()].reduce((sum, end) => sum + end, 0);
  return {
    measure: async (request) => {
      const before = await records();
      proxy.taken();
      await request();
      const statements: Record<string, number> = {};
      for (const { application, sql } of proxy.taken()) {
        if (SERVING.includes(application)) statements[sql] = (statements[sql] ?? 0) + 1;
      }
      return { statements, appended: (await records()) - before };
    },
    close: () => kafka.close(),
  };
}

/**
 * The work of each request: what all of several samples, taken by turns, have in common. Whatever a service does by
 * itself now and then is in one sample and not in the next.
 */
export async function workOf(
  meter: WorkMeter,
  requests: readonly (() => Promise<unknown>)[],
): Promise<readonly Work[]> {
  const samples: Work[][] = requests.map(() => []);
  for (let round = 0; round < SAMPLES; round += 1) {
    for (const [index, request] of requests.entries()) samples[index]?.push(await meter.measure(request));
  }
  return samples.map((taken) => taken.reduce(inCommon));
}

function inCommon(a: Work, b: Work): Work {
  const shared = Object.entries(a.statements).flatMap(([sql, times]) => {
    const both = Math.min(times, b.statements[sql] ?? 0);
    return both === 0 ? [] : [[sql, both] as const];
  });
  return { statements: Object.fromEntries(shared), appended: Math.min(a.appended, b.appended) };
}
