import type { LogRecord, OutgoingRecord } from '@flowplane/plumbing/kafka';
import { waitUntil } from '@flowplane/stack';
import type { Progress } from '../report/progress.js';
import type { BenchSystem } from '../system/bench-system.js';
import { appendMany, openLog, totalOf } from './log-access.js';
import { commandRecord, flowCommands, overlappingRuns, tenantIn } from './run-commands.js';

/** An events log as our decider wrote it, to be replayed into fresh topics: markers, headers and all. */
export type RecordedLog = {
  readonly partitions: number;
  /** All records, the partitions taking turns, in log order within each. */
  readonly records: readonly OutgoingRecord[];
  /** Commands behind it: one event each. */
  readonly commands: number;
};

const RUNS_OPEN = 20;
const DECIDED_TIMEOUT_MS = 120_000;

/** Has the decider write a log: a tenant in every partition, `runs` runs of three events over all of them. */
export async function recordLog(system: BenchSystem, progress: Progress, runs: number): Promise<RecordedLog> {
  const services = await system.startServices({ only: ['projection-service', 'command-service'] });
  const log = await openLog(services.env);
  try {
    await services.stop('projection-service');
    const perTenant = Math.ceil(runs / log.partitions);
    const tenants = Array.from({ length: log.partitions }, (_, partition) => tenantIn(partition, log.partitions));
    const producer = log.producer('commands');
    const commands = await progress.step('appending commands for a log to replay', 5, () => {
      const records = tenants.map(function* (tenant) {
        for (const command of flowCommands(tenant)) yield commandRecord(tenant, command);
        for (const command of overlappingRuns(tenant, perTenant, RUNS_OPEN)) yield commandRecord(tenant, command);
      });
      return appendMany(producer, takingTurns(records));
    });
    await producer.close();
    const markers = log.partitions;
    await progress.step('having them decided', 10, () =>
      waitUntil('the decider', async () => totalOf(await log.ends('events')) >= commands + markers, {
        timeoutMs: DECIDED_TIMEOUT_MS,
        everyMs: 100,
      }),
    );
    const byPartition = await log.read('events', new Map(), await log.ends('events'));
    const records = takingTurns([...byPartition.values()].map((list) => list.map(asOutgoing)));
    return { partitions: log.partitions, records: [...records], commands };
  } finally {
    await log.close();
    await services.close();
  }
}

function asOutgoing(record: LogRecord): OutgoingRecord {
  const { partition, key, value, headers } = record;
  if (value === null) throw new Error('the events log holds a record without value');
  return { partition, key: key?.toString('utf8') ?? '', value, headers };
}

/** One of each in turn, until all are at their end. */
export function* takingTurns<T>(lists: readonly Iterable<T>[]): Generator<T> {
  let open = lists.map((list) => list[Symbol.iterator]());
  while (open.length > 0) {
    const still: Iterator<T>[] = [];
    for (const iterator of open) {
      const next = iterator.next();
      if (next.done === true) continue;
      still.push(iterator);
      yield next.value;
    }
    open = still;
  }
}
