import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '../fault.js';
import { freePorts } from '../net/ports.js';
import { OPENSEARCH, startOpenSearch } from '../opensearch/opensearch-server.js';
import { ON_DEMAND_VARIABLE } from '../opensearch/shared-server.js';
import { homeLayout } from '../paths.js';
import { makeSupervisor, type Supervisor } from '../process/supervisor.js';
import type { Report } from '../progress.js';

export interface OpenSearchOnDemand {
  /** What the tests find it by. */
  readonly env: Readonly<Record<string, string>>;
  /** Stops the server if it was started, and removes its data. */
  close(): Promise<void>;
}

/** Starts the server and resolves with its url. */
export type StartServer = (supervisor: Supervisor, folder: string) => Promise<string>;

/**
 * Offers one OpenSearch server to the tests of a run. It is started when a test first asks at the address in `env`
 * (`sharedOpenSearch`), once; when the start fails, the next that asks tries it again.
 *
 * @param temporary folder of the run; the server's home is made there, where a later run finds and stops what a killed
 *   one left
 */
export async function offerOpenSearch(
  temporary: string,
  { cache, report, start }: { readonly cache: string; readonly report: Report; readonly start?: StartServer },
): Promise<OpenSearchOnDemand> {
  let home: { readonly folder: string; readonly supervisor: Supervisor } | undefined;
  let starting: Promise<string> | undefined;
  let isClosed = false;
  const startServer: StartServer =
    start ??
    (async (supervisor, folder) => {
      const [port = 0, transportPort = 0] = await freePorts(2);
      return startOpenSearch({ supervisor, cache, folder, port, transportPort, report });
    });
  const begin = async (): Promise<string> => {
    if (isClosed) throw new Error('the tests have ended');
    if (home === undefined) {
      const layout = homeLayout(await mkdtemp(join(temporary, 'flowplane-stack-')));
      home = { folder: layout.home, supervisor: makeSupervisor({ ...layout, report }) };
    }
    return startServer(home.supervisor, join(home.folder, OPENSEARCH));
  };
  const door = createServer((_request, response) => {
    starting ??= begin();
    starting.then(
      (url) => response.writeHead(200).end(url),
      (thrown: unknown) => {
        starting = undefined;
        response.writeHead(500).end(messageOf(thrown));
      },
    );
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  return {
    env: { [ON_DEMAND_VARIABLE]: `http://127.0.0.1:${(door.address() as AddressInfo).port}` },
    async close() {
      isClosed = true;
      door.closeAllConnections();
      door.close();
      home?.supervisor.refuseStarts();
      await starting?.catch(() => undefined);
      await home?.supervisor.stop(OPENSEARCH);
      if (home !== undefined) await rm(home.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}
