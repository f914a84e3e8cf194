import { totalOf, type Counters } from '../measure/counters.js';
import type { Figure } from '../report/figure.js';
import { ENGINE_POSTGRES } from '../system/bench-system.js';
import { LOAD, type Side } from './measure-side.js';

/** What is asked of a row of completed runs. */
export type RunAims = {
  readonly id: string;
  /** Least ratio of completed runs a second. */
  readonly leastRatio: number;
  /** Most of what the engine may work, and of events in a history, as a ratio; null: shown without an aim. */
  readonly mostRatio: number | null;
};

export type RunRepetition = { readonly ours: Side; readonly byHand: Side; readonly system: Side | null };

type Of = (side: Side) => number | null;

/** Lines of the table: rates, histories, CPU by process, counters; null where no process or counter is known. */
export function runFigures(row: RunAims, measured: readonly RunRepetition[]): readonly Figure[] {
  const { mostRatio } = row;
  const atMost = mostRatio === null ? null : ({ of: 'ratio', is: 'at most', value: mostRatio } as const);
  const atLeast = (value: number) => ({ of: 'ratio', is: 'at least', value }) as const;
  const against =
    (other: 'byHand' | 'system') =>
    (name: string, unit: string, of: Of, aim: Figure['aim'] = null): readonly Figure[] => {
      const samples = measured.flatMap((one) => {
        const ours = of(one.ours);
        const side = one[other];
        return ours === null || side === null ? [] : [{ ours, baseline: of(side) }];
      });
      return samples.length === 0 ? [] : [{ row: row.id, name, unit, aim, samples }];
    };
  const [byHand, system, alone] = [against('byHand'), against('system'), idle(row.id, measured)];
  return [
    ...byHand('completed runs', 'runs/s', ({ runsPerSecond }) => runsPerSecond, atLeast(row.leastRatio)),
    ...system(
      'completed runs, against the hand-written system',
      'runs/s',
      ({ runsPerSecond }) => runsPerSecond,
      atLeast(1),
    ),
    ...byHand('history events', 'per run', ({ historyEvents }) => historyEvents, atMost),
    ...byHand('CPU in the engine (Temporal and its PostgreSQL)', 'ms per run', engineMs, atMost),
    ...byHand('  Temporal server', 'ms per run', groupMs('temporal')),
    ...byHand('  PostgreSQL, for Temporal', 'ms per run', groupMs(ENGINE_POSTGRES)),
    ...byHand('  PostgreSQL, the rest', 'ms per run', postgresRestMs),
    ...byHand('  Kafka', 'ms per run', groupMs('kafka')),
    ...byHand('  worker process', 'ms per run', groupMs('worker')),
    ...byHand('  our other services', 'ms per run', otherServicesMs),
    ...byHand('  everything but the load', 'ms per run', allMs),
    ...byHand('  the load', 'ms per run', groupMs(LOAD)),
    ...system('  everything but the load, against the hand-written system', 'ms per run', allMs),
    ...COUNTED.flatMap(([name, of]) => byHand(`  ${name}`, 'per run', (side) => of(side.countersPerRun))),
    ...COUNTED.flatMap(([name, of]) =>
      system(`  ${name}, against the hand-written system`, 'per run', (side) => of(side.countersPerRun)),
    ),
    ...byHand('  the machine: the same work', 'ms', (side) => side.fixedWorkMs),
    ...system('  the machine: the same work, against the hand-written system', 'ms', (side) => side.fixedWorkMs),
    ...alone,
  ];
}

/** What our processes and their servers take in a second in which nothing runs. */
function idle(row: string, measured: readonly RunRepetition[]): readonly Figure[] {
  const figure = (name: string, unit: string, of: Of): readonly Figure[] => {
    const values = measured.map(({ ours }) => of(ours)).filter((value) => value !== null);
    const samples = values.map((ours) => ({ ours, baseline: null }));
    return samples.length === 0 ? [] : [{ row, name: `idle: ${name}`, unit, aim: null, samples }];
  };
  const cores: Of = ({ idleCores }) =>
    hasProcesses(idleCores) ? totalOf(idleCores, (name) => name !== LOAD && name !== ENGINE_POSTGRES) : null;
  return [
    ...figure('CPU of everything', 'cores', cores),
    ...COUNTED.flatMap(([name, of]) => figure(name, 'per s', (side) => of(side.idleCounters))),
  ];
}

const COUNTED: readonly (readonly [name: string, of: (counters: Counters) => number | null])[] = [
  ['transactions of the engine', ({ transactions }) => named(transactions, 'temporal')],
  ['transactions of its visibility', ({ transactions }) => named(transactions, 'temporal_visibility')],
  ['other transactions', ({ transactions }) => named(transactions, 'others')],
  ['flushes of the write-ahead log', ({ wal }) => named(wal, 'flushes')],
  ['bytes of the write-ahead log', ({ wal }) => named(wal, 'bytes')],
  ['Kafka: produce requests', ({ kafkaRequests }) => named(kafkaRequests, 'Produce')],
  ['Kafka: fetch requests', ({ kafkaRequests }) => named(kafkaRequests, 'Fetch')],
  ['Kafka: other requests', ({ kafkaRequests }) => totalOf(kafkaRequests, isOtherRequest)],
  ['requests to the engine', ({ engineRequests }) => totalOf(engineRequests)],
  ['context switches', ({ contextSwitches }) => totalOf(contextSwitches, isOfSystem)],
];

const isOtherRequest = (name: string): boolean => name !== 'Produce' && name !== 'Fetch';
/** The group of the engine's part of PostgreSQL is in that of PostgreSQL. */
const isOfSystem = (group: string): boolean => group !== LOAD && group !== ENGINE_POSTGRES;
const named = (counts: Counters[keyof Counters], name: string): number | null =>
  counts === null ? null : (counts[name] ?? 0);

/** Of an engine that the environment only names, no process is known. */
const hasProcesses = (groups: Side['cpuPerRun']): boolean => groups['temporal'] !== undefined;
const msOf =
  (cpu: (perRun: Side['cpuPerRun']) => number): Of =>
  ({ cpuPerRun }) =>
    hasProcesses(cpuPerRun) ? Math.max(0, Math.round(cpu(cpuPerRun) * 1e6) / 1000) : null;
/** Null where the side has no such process: with --compact the worker is in the one of all services. */
const groupMs = (group: string): Of => {
  const ofGroup = msOf((perRun) => perRun[group] ?? 0);
  return (side) => (side.cpuPerRun[group] === undefined ? null : ofGroup(side));
};
const engineMs = msOf((perRun) => (perRun['temporal'] ?? 0) + (perRun[ENGINE_POSTGRES] ?? 0));
const postgresRestMs = msOf((perRun) => (perRun['postgres'] ?? 0) - (perRun[ENGINE_POSTGRES] ?? 0));
const allMs = msOf((perRun) => totalOf(perRun, isOfSystem) ?? 0);
const SERVERS = ['temporal', 'postgres', ENGINE_POSTGRES, 'kafka', 'worker', LOAD];
const otherServicesMs = msOf((perRun) => totalOf(perRun, (name) => !SERVERS.includes(name)) ?? 0);
