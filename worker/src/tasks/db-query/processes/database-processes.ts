import type { JsonObject } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { makeTaskPlaces } from '../../../shared/task-places.js';
import { retryableError, TaskError } from '../../task-error.js';
import type { DatabaseCall, DatabaseEngine, DatabaseServer } from './database-call.js';
import { startDatabaseProcess, type DatabaseProcess } from './database-process.js';

/** Whose connection it is, and which: another version is another server. */
export type ConnectionKey = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly version: string;
};

export type OwnedCall<E extends DatabaseEngine> = {
  readonly key: ConnectionKey;
  /** The server, with its addresses checked anew; asked for where a process is started for it. */
  readonly open: () => Promise<DatabaseServer<E>>;
  readonly query: DatabaseCall<E>['query'];
  readonly signal: AbortSignal;
};

/** Drivers of the databases that tenants' connections name, each in a process that bounds it (ADR 70). */
export type DatabaseProcesses = {
  /**
   * Runs one query in a process that has nothing else to do meanwhile, and was only ever used for this connection.
   *
   * @throws TaskError of the query; `TIMEOUT`; `UPSTREAM_UNAVAILABLE` where the process ends, or none is free in time; what
   *   `open` throws; the signal's reason
   */
  readonly run: <E extends DatabaseEngine>(call: OwnedCall<E>) => Promise<JsonObject>;
  /** Processes that there are now. */
  readonly size: () => number;
  readonly close: () => Promise<void>;
};

export type DatabaseProcessesOptions = {
  /** FLOWS_DATA_PROCESSES. */
  readonly maxProcesses: number;
  /** FLOWS_MAX_TASK_IO_BYTES. */
  readonly maxOutputBytes: number;
  /** The compiled `child/driver-process.js`; elsewhere only in tests that run from sources. */
  readonly file?: URL;
  /** Longest wait for a process to be ready, ms. */
  readonly startTimeoutMs?: number;
  /** A process that nobody uses is ended after this, ms. */
  readonly idleMs?: number;
  /** Longest wait for a process, ms. */
  readonly waitMs?: number;
  /** How much longer than its statement a whole call may take, ms. */
  readonly graceMs?: number;
  readonly logger?: Pick<Logger, 'warn'>;
};

/** How long a process stays that nobody uses, ms. */
const IDLE_PROCESS_MS = 60_000;
/** Longest wait for a process where the tenant, or all together, use as many as they may, ms. */
const PROCESS_WAIT_MS = 10_000;
/** Beside its statement a call connects, looks at the catalogue and commits: this much longer it may take as a whole, ms. */
const CALL_GRACE_MS = 7000;

type Kept = {
  readonly key: string;
  readonly process: DatabaseProcess;
  readonly server: DatabaseServer;
  isBusy: boolean;
  idleTimer?: NodeJS.Timeout;
};

export function makeDatabaseProcesses(options: DatabaseProcessesOptions): DatabaseProcesses {
  const { maxProcesses, idleMs = IDLE_PROCESS_MS, waitMs = PROCESS_WAIT_MS, graceMs = CALL_GRACE_MS } = options;
  const file = options.file ?? new URL('./child/driver-process.js', import.meta.url);
  const places = makeTaskPlaces(maxProcesses, 'where free');
  /** In the order of their last use. */
  const kept = new Set<Kept>();
  /** Also those that are being ended. */
  const there = new Set<Promise<unknown>>();
  let isClosed = false;

  const drop = (one: Kept): void => {
    clearTimeout(one.idleTimer);
    kept.delete(one);
    if (!one.process.isGone()) one.process.close();
  };
  const start = async (
    { tenantId, workspaceId, name, version }: ConnectionKey,
    server: DatabaseServer,
  ): Promise<Kept> => {
    // Who holds a place may have one more: so those that are not used make room.
    while (there.size >= maxProcesses) {
      [...kept].find(({ isBusy }) => !isBusy)?.process.stop();
      await Promise.race(there);
    }
    if (isClosed) throw allInUse();
    const process = startDatabaseProcess({ ...options, engine: server.engine, file });
    const one: Kept = { key: textOf({ tenantId, workspaceId, name, version }), process, server, isBusy: true };
    there.add(process.gone);
    void process.gone.then((how) => {
      there.delete(process.gone);
      drop(one);
      if (how === undefined) return;
      options.logger?.warn(
        { tenantId, workspaceId, connection: name, how },
        'the process of a driver has ended by itself',
      );
    });
    return one;
  };
  const taken = async ({ key, open }: Pick<OwnedCall<DatabaseEngine>, 'key' | 'open'>): Promise<Kept> => {
    const text = textOf(key);
    const isFree = (one: Kept): boolean => !one.isBusy && one.key === text && !one.process.isGone();
    const free = [...kept].find(isFree);
    const one = free ?? (await start(key, await open()));
    clearTimeout(one.idleTimer);
    one.isBusy = true;
    kept.delete(one);
    kept.add(one);
    return one;
  };
  const giveBack = (one: Kept, isAway: boolean): void => {
    one.isBusy = false;
    if (isAway || isClosed || one.process.isGone()) drop(one);
    else one.idleTimer = setTimeout(() => drop(one), idleMs).unref();
  };

  return {
    run: async ({ key, open, query, signal }) => {
      const place = await places.take(key.tenantId, waitMs, signal);
      if (place === undefined) {
        signal.throwIfAborted();
        throw allInUse();
      }
      try {
        signal.throwIfAborted();
        if (isClosed) throw allInUse();
        const one = await taken({ key, open });
        let isAway = false;
        try {
          const { tenantId, workspaceId } = key;
          const call = { server: one.server, query, scope: { tenantId, workspaceId } };
          return await one.process.ask(call, { signal, timeoutMs: one.server.timeoutMs + graceMs });
        } catch (thrown) {
          // The next call looks for the server anew.
          isAway = thrown instanceof TaskError && thrown.code === 'UPSTREAM_UNAVAILABLE';
          throw thrown;
        } finally {
          giveBack(one, isAway);
        }
      } finally {
        place();
      }
    },
    size: () => there.size,
    close: async () => {
      isClosed = true;
      for (const one of kept) drop(one);
      await Promise.all(there);
    },
  };
}

const textOf = ({ tenantId, workspaceId, name, version }: ConnectionKey): string =>
  JSON.stringify([tenantId, workspaceId, name, version]);

const allInUse = (): TaskError =>
  retryableError('UPSTREAM_UNAVAILABLE', 'The worker asks as many databases of connections at once as it may.');
