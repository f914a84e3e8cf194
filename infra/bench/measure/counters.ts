import { setTimeout as sleep } from 'node:timers/promises';
import { scrape } from '@flowplane/stack';
import { readContextSwitches } from './context-switches.js';
import { readKafkaRequests } from './kafka-requests.js';
import { readPostgresCounters } from './postgres-counters.js';
import type { ProcessGroups } from './process-table.js';

type Counts = Readonly<Record<string, number>>;

/** What servers and processes have counted, by kind and name; null where it cannot be known. */
export type Counters = {
  /** PostgreSQL: transactions by database. */
  readonly transactions: Counts | null;
  /** PostgreSQL: `flushes` and `bytes` of the write-ahead log. */
  readonly wal: Counts | null;
  readonly kafkaRequests: Counts | null;
  /** Requests to the engine's front end, by operation. */
  readonly engineRequests: Counts | null;
  readonly contextSwitches: Counts | null;
};

/** The same as read at one moment, which may be another one for each kind. */
export type CounterReading = {
  readonly [kind in keyof Counters]: { readonly counts: Counts; readonly atMs: number } | null;
};

export type CounterSources = {
  readonly dbUrl: string;
  /** Null: the broker is not on this machine, or not ours. */
  readonly kafkaPid: number | null;
  /** Base url of the engine's metrics; null: it has none. */
  readonly engineMetricsUrl: string | null;
  readonly groups: ProcessGroups;
};

/** The engine's counter of requests that its parts get. */
const ENGINE_REQUESTS = 'service_requests';
/** Its metrics show what was counted up to a second before. */
const METRICS_DELAY_MS = 1200;

/**
 * Reads all that is known; some seconds of CPU, so not while something is measured.
 *
 * @param when on which side of what is measured: what takes long to read is read on the far side of the rest
 */
export async function readCounters(sources: CounterSources, when: 'before' | 'after'): Promise<CounterReading> {
  const { kafkaPid, engineMetricsUrl } = sources;
  // Servers that only the environment names may be used by others as well.
  if (kafkaPid === null) return UNKNOWN;
  const kafka = async () => read(await readKafkaRequests(kafkaPid));
  const early = when === 'before' ? await kafka() : undefined;
  const engineRequests = engineMetricsUrl === null ? null : read(await readEngineRequests(engineMetricsUrl));
  const { transactions, wal } = await readPostgresCounters(sources.dbUrl);
  const postgres = { transactions: read(transactions), wal: read(wal) };
  const contextSwitches = read(readContextSwitches(sources.groups));
  return { ...postgres, engineRequests, contextSwitches, kafkaRequests: early ?? (await kafka()) };
}

const read = (counts: Counts) => ({ counts, atMs: performance.now() });
const UNKNOWN = {
  ...{ transactions: null, wal: null, kafkaRequests: null },
  ...{ engineRequests: null, contextSwitches: null },
};

async function readEngineRequests(url: string): Promise<Counts> {
  await sleep(METRICS_DELAY_MS);
  const counts: Record<string, number> = {};
  for (const { name, labels, value } of (await scrape(url)).samples) {
    const { operation } = labels;
    if (name !== ENGINE_REQUESTS || labels['service_name'] !== 'frontend' || operation === undefined) continue;
    counts[operation] = (counts[operation] ?? 0) + value;
  }
  if (Object.keys(counts).length === 0) throw new Error(`${url} counts no ${ENGINE_REQUESTS}`);
  return counts;
}

/** What was counted between two readings, for each of `parts`: runs; without it for each second. */
export function countedBetween(before: CounterReading, after: CounterReading, parts?: number): Counters {
  const kinds = Object.keys(after) as (keyof Counters)[];
  const counted = kinds.map((kind) => [kind, between(before[kind], after[kind], parts)] as const);
  return Object.fromEntries(counted) as Counters;
}

function between(
  before: CounterReading[keyof Counters],
  after: CounterReading[keyof Counters],
  parts: number | undefined,
): Counts | null {
  if (before === null || after === null) return null;
  const divisor = parts ?? (after.atMs - before.atMs) / 1000;
  // What threads that ended have counted is lost.
  const counted = (name: string): number => Math.max(0, (after.counts[name] ?? 0) - (before.counts[name] ?? 0));
  return Object.fromEntries(Object.keys(after.counts).map((name) => [name, counted(name) / divisor]));
}

/** All of a kind together, or those of some names; null where the kind is not known. */
export function totalOf(counts: Counts | null, isWanted: (name: string) => boolean = () => true): number | null {
  if (counts === null) return null;
  return Object.entries(counts).reduce((sum, [name, count]) => sum + (isWanted(name) ? count : 0), 0);
}
