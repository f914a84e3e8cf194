import type { Connection, JsonObject } from '@flowplane/contracts';
import type { CheckedAddresses } from '../../outbound/checked-target.js';
import type { DocumentScope } from '../mongo/scope.js';
import type { DocumentQuery } from '../mongo/document-query.js';
import type { TableQuery } from '../table-query.js';

export type DatabaseEngine = 'postgres' | 'mongo';

/** The database of one connection, as a process of its driver needs to know it. */
export type DatabaseServer<E extends DatabaseEngine = DatabaseEngine> = {
  readonly engine: E;
  readonly endpoint: Connection<E>['endpoint'];
  readonly secret: Connection<E>['secret'];
  /** The only ones that are connected to. */
  readonly addresses: CheckedAddresses;
  /** Longest statement or operation, ms. */
  readonly timeoutMs: number;
  /** FLOWS_MAX_TASK_IO_BYTES. */
  readonly maxOutputBytes: number;
};

/** One query, as it travels to a process: JSON. A process gets those of one server only. */
export type DatabaseCall<E extends DatabaseEngine = DatabaseEngine> = {
  readonly server: DatabaseServer<E>;
  readonly query: E extends 'postgres' ? TableQuery : DocumentQuery;
  readonly scope: DocumentScope;
};

/** What comes back for it. */
export type DatabaseAnswer =
  | { readonly ok: true; readonly result: JsonObject }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly retryable: boolean };

/** The first line of a process; each of the others is a `DatabaseAnswer`. */
export const READY = 'ready';
/** To a driver that is not needed any more; no call looks like it. */
export const CLOSE = 'close';

/** Heap of a driver. What is not in the heap, such as what the server has sent, is bounded with it by `MAX_PROCESS_MIB`. */
export const MAX_DRIVER_HEAP_MIB = 128;
/** Memory of a process of a driver, in MiB. */
export const MAX_PROCESS_MIB = 320;
