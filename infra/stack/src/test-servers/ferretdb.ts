import { freePorts } from '../net/ports.js';
import { acceptsTcp } from '../net/probes.js';
import { FERRETDB } from './programs.js';
import { startTestServer, type TestServer } from './test-server.js';

/** A server of MongoDB's protocol on loopback, without a password. */
export interface FerretDb extends TestServer {
  readonly port: number;
  /** `mongodb://127.0.0.1:<port>/` */
  readonly url: string;
}

/** Starts a server on a free port. */
export async function startFerretDb(): Promise<FerretDb> {
  const [port = 0] = await freePorts(1);
  const server = await startTestServer({
    program: FERRETDB,
    port,
    argsFor: (data) => ['-listen', `127.0.0.1:${port}`, '-data', data],
    isReady: () => acceptsTcp(port),
  });
  return { ...server, port, url: `mongodb://127.0.0.1:${port}/` };
}
