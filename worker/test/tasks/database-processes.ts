import {
  makeDatabaseProcesses,
  type DatabaseProcesses,
  type DatabaseProcessesOptions,
} from '../../src/tasks/db-query/processes/database-processes.js';

/** A name that stands for a public address, and what is behind it. */
export const PUBLIC_ADDRESS = '192.0.2.1';

const FILE = new URL('../../dist/tasks/db-query/processes/child/driver-process.js', import.meta.url);

/** Processes of drivers as the worker has them, of the compiled code. */
export const openDatabaseProcesses = (over: Partial<DatabaseProcessesOptions> = {}): DatabaseProcesses =>
  makeDatabaseProcesses({
    ...{ maxProcesses: 4, maxOutputBytes: 2_097_152, file: FILE, startTimeoutMs: 120_000 },
    ...over,
  });

/**
 * The same for servers on loopback that are to be reached as public ones are: the address is checked as everywhere, and
 * where it is `PUBLIC_ADDRESS` the process gets that of loopback.
 */
export function reachingLoopback(processes: DatabaseProcesses): DatabaseProcesses {
  return {
    ...processes,
    run: ({ open, ...call }) =>
      processes.run({
        ...call,
        open: async () => {
          const server = await open();
          const [{ address }] = server.addresses;
          return address === PUBLIC_ADDRESS ? { ...server, addresses: [{ address: '127.0.0.1', family: 4 }] } : server;
        },
      }),
  };
}
