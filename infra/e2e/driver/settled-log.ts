import { waitUntil } from '@flowplane/stack';
import { acceptedEvents, commandEnds, logUpTo, readLog, type WholeLog } from './log-reader.js';
import { isProjected, totalsOfLog, totalsOfReadModels, withDatabase, type Totals } from './log-totals.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The log up to the commands that are in it now, read when each of them has something under its offset in the events
 * topic; what is commanded meanwhile is left out. Gives up after `timeoutMs` and returns what there is: the check that uses it
 * will say what is missing.
 */
export async function settledLog(env: Env, timeoutMs = 30_000): Promise<WholeLog> {
  const deadline = Date.now() + timeoutMs;
  const ends = await commandEnds(env);
  for (;;) {
    const log = logUpTo(await readLog(env), ends);
    if (isDecided(log) || Date.now() > deadline) return log;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The settled log once every run in it is closed, and the ids of these runs. @throws when that takes over 90 s */
export async function logOnceRunsEnded(env: Env): Promise<{ readonly log: WholeLog; readonly ids: readonly string[] }> {
  let log: WholeLog = { commands: [], events: [] };
  const ids = new Set<string>();
  const ended = async (): Promise<boolean> => {
    log = await settledLog(env);
    const open = new Set<string>();
    for (const { event } of acceptedEvents(log)) {
      if (event.type === 'ExecutionRequested') {
        ids.add(event.data.executionId);
        open.add(event.data.executionId);
      }
      if (event.type === 'ExecutionClosed') open.delete(event.data.executionId);
    }
    return open.size === 0;
  };
  await waitUntil('the end of all runs', ended, { timeoutMs: 90_000, everyMs: 500 });
  return { log, ids: [...ids] };
}

function isDecided(log: WholeLog): boolean {
  const decided = new Set<string>();
  for (const record of log.events) {
    if (record.kind === 'event' && record.accepted) {
      decided.add(`${record.partition}@${record.event.meta.commandOffset}`);
    }
  }
  return log.commands.every(({ partition, offset }) => decided.has(`${partition}@${offset}`));
}

/**
 * What the read models say once they have read `log` to its end, and what the log says up to where they were then:
 * runs that are being cancelled go on closing meanwhile.
 */
export async function bothTotals(env: Env, log: WholeLog): Promise<{ readonly log: Totals; readonly read: Totals }> {
  return withDatabase(env['FLOWS_DB_URL'], async (pool) => {
    await waitUntil('the control projection at the end of the log', () => isProjected(pool, log), {
      timeoutMs: 60_000,
      everyMs: 100,
    });
    const { totals, reached } = await totalsOfReadModels(pool);
    return { log: totalsOfLog(await readLog(env), reached), read: totals };
  });
}
