import { retryableError, TaskError } from '../task-error.js';

/** Whose a client is, and which: another version of a connection is another client. */
export type ClientKey = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly version: string;
};

export type KeptClientsOptions<T> = {
  readonly closeClient: (client: T) => unknown;
  /** A client that nobody uses is closed after this, ms. */
  readonly idleMs?: number;
  readonly maxClients?: number;
  readonly maxOfTenant?: number;
};

/** Clients of servers that tenants' connections name. */
export type KeptClients<T> = {
  /**
   * Works with the client of a connection, which `open` makes where there is none. One that finds its server unreachable
   * is not used again: the next call looks for the server anew.
   *
   * @throws TaskError `UPSTREAM_UNAVAILABLE` when as many are in use as may be, or what `open` and `work` throw
   */
  readonly use: <R>(key: ClientKey, open: () => Promise<T>, work: (client: T) => Promise<R>) => Promise<R>;
  readonly close: () => Promise<void>;
};

/** How long a client of a connection stays open that nobody uses, ms. */
const IDLE_CLIENT_MS = 60_000;
/** Clients of connections that a worker has open, of one kind. */
const MAX_CLIENTS = 100;
/** Of these, of one tenant. */
const MAX_CLIENTS_OF_TENANT = 20;

type Kept<T> = {
  readonly tenantId: string;
  readonly client: Promise<T>;
  users: number;
  isBroken: boolean;
  idleTimer: NodeJS.Timeout | undefined;
};

export function keepClients<T>(options: KeptClientsOptions<T>): KeptClients<T> {
  const { closeClient, idleMs = IDLE_CLIENT_MS, maxClients = MAX_CLIENTS } = options;
  const { maxOfTenant = MAX_CLIENTS_OF_TENANT } = options;
  /** The one that was used last is at the end. */
  const kept = new Map<string, Kept<T>>();
  /** Those that are not to be used again, and still are used. */
  const leaving = new Set<Kept<T>>();
  /** Also those that are no longer found. */
  const closing = new Set<Promise<void>>();

  const shut = (one: Kept<T>): void => {
    clearTimeout(one.idleTimer);
    const closed = one.client.then(closeClient).then(
      () => undefined,
      () => undefined, // it never opened, or is gone already
    );
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  };
  const forget = (text: string, one: Kept<T>): void => {
    if (kept.get(text) === one) kept.delete(text);
    if (one.users > 0) return void leaving.add(one);
    leaving.delete(one);
    return shut(one);
  };
  const makeRoom = (tenantId: string): void => {
    const ofTenant = [...kept].filter(([, one]) => one.tenantId === tenantId);
    const leavingOfTenant = [...leaving].filter((one) => one.tenantId === tenantId).length;
    const hasShare = ofTenant.length + leavingOfTenant >= maxOfTenant;
    const candidates = hasShare ? ofTenant : kept.size + leaving.size >= maxClients ? [...kept] : undefined;
    if (candidates === undefined) return;
    const idle = candidates.find(([, one]) => one.users === 0);
    if (idle === undefined) {
      throw retryableError('UPSTREAM_UNAVAILABLE', 'The worker uses as many connections at once as it may.');
    }
    forget(...idle);
  };
  const taken = (key: ClientKey, text: string, open: () => Promise<T>): Kept<T> => {
    const known = kept.get(text);
    if (known === undefined) makeRoom(key.tenantId);
    const one = known ?? { tenantId: key.tenantId, client: open(), users: 0, isBroken: false, idleTimer: undefined };
    clearTimeout(one.idleTimer);
    kept.delete(text);
    kept.set(text, one);
    one.users += 1;
    return one;
  };

  return {
    use: async (key, open, work) => {
      const text = JSON.stringify([key.tenantId, key.workspaceId, key.name, key.version]);
      const one = taken(key, text, open);
      let isOpen = false;
      try {
        const client = await one.client;
        isOpen = true;
        return await work(client);
      } catch (thrown) {
        const isAway = thrown instanceof TaskError && thrown.code === 'UPSTREAM_UNAVAILABLE';
        if (!isOpen || isAway) one.isBroken = true;
        throw thrown;
      } finally {
        one.users -= 1;
        if (one.isBroken) forget(text, one);
        else if (one.users === 0) one.idleTimer = setTimeout(() => forget(text, one), idleMs).unref();
      }
    },
    close: async () => {
      for (const [text, one] of [...kept, ...[...leaving].map((one) => ['', one] as const)]) {
        one.users = 0;
        forget(text, one);
      }
      await Promise.all(closing);
    },
  };
}
