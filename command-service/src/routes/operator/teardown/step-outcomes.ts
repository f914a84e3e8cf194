import type { TenantDrain } from '@flowplane/contracts';
import { tenantCounts, type TenantCounts } from '@flowplane/runtime/read-model';
import { NO_STORE, type Step, type StepOutcome, type StepOutcomes } from './report.js';
import { countRows, nameOf, tenantTables, type TeardownPools } from './tenant-tables.js';

/** Tables behind the steps that remove rows of their own; those that do not exist (yet) are passed over. */
const TABLES_OF: Readonly<Partial<Record<Step, readonly string[]>>> = {
  flow_versions: ['flow_versions'],
  flow_trigger_secrets: ['webhook_triggers'],
  flow_definitions: ['flows'],
  flow_trigger_artifacts: ['webhook_deliveries', 'webhook_attempts', 'event_positions'],
  templates: ['templates'],
  template_states: ['template_states'],
  command_records: ['commands'],
};

/**
 * What every step finds. A step that cannot look says so, and the next one looks all the same.
 *
 * @param drain null: not drained, the executor's steps are what the read models tell
 * @param eventLog what becomes of the topics
 */
export async function findOutcomes(
  pools: TeardownPools,
  tenantId: string,
  drain: TenantDrain | null,
  eventLog: string,
): Promise<StepOutcomes> {
  const { readPool } = pools;
  const found = await tenantTables(pools);
  const rowsOf = (step: Step): Promise<StepOutcome> =>
    attempt(async () => {
      const tables = found.filter(({ table }) => TABLES_OF[step]?.includes(table));
      if (tables.length === 0) return NO_STORE;
      const counts = await Promise.all(tables.map((table) => countRows(table, tenantId)));
      return rows(counts.reduce((sum, count) => sum + count, 0));
    });
  const counted = (what: keyof TenantCounts): Promise<StepOutcome> =>
    attempt(async () => rows((await tenantCounts(readPool, tenantId))[what]));
  const failures = (isOf: (failure: string) => boolean, count: number): StepOutcome => {
    const own = (drain?.failures ?? []).filter(isOf);
    return own.length === 0 ? rows(count) : { kind: 'error', message: own.join('; ') };
  };
  const isOfSchedules = (failure: string): boolean => failure.startsWith('schedule ');
  return {
    executions: drain === null ? await counted('openRuns') : failures((one) => !isOfSchedules(one), drain.executions),
    flow_versions: await rowsOf('flow_versions'),
    flow_schedules: drain === null ? await counted('schedules') : failures(isOfSchedules, drain.schedules),
    flow_trigger_secrets: await rowsOf('flow_trigger_secrets'),
    flow_trigger_registrations: await counted('registrations'),
    flow_definitions: await rowsOf('flow_definitions'),
    flow_trigger_artifacts: await rowsOf('flow_trigger_artifacts'),
    templates: await rowsOf('templates'),
    template_states: await rowsOf('template_states'),
    command_records: await rowsOf('command_records'),
    event_log: { kind: 'skipped', message: eventLog },
  };
}

const rows = (count: number): StepOutcome => ({ kind: 'rows', count });

async function attempt(find: () => Promise<StepOutcome>): Promise<StepOutcome> {
  try {
    return await find();
  } catch (cause) {
    return { kind: 'error', message: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Rows of the tenant in every table that has some, by name of the table. */
export async function allRows(pools: TeardownPools, tenantId: string): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const table of await tenantTables(pools)) {
    const count = await countRows(table, tenantId);
    if (count > 0) counts[nameOf(table)] = count;
  }
  return counts;
}
