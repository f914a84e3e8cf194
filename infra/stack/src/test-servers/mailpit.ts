import { join } from 'node:path';
import { freePorts } from '../net/ports.js';
import { answersOk } from '../net/probes.js';
import { MAILPIT } from './programs.js';
import { startTestServer, type TestServer } from './test-server.js';

/** An SMTP server on loopback that keeps every message. */
export interface Mailpit extends TestServer {
  readonly smtpPort: number;
  /** Of its API: `GET /api/v1/messages`. */
  readonly apiUrl: string;
}

/**
 * Starts an SMTP server on free ports.
 *
 * @param options of its command line, such as `--smtp-auth-file`
 */
export async function startMailpit(options: readonly string[] = []): Promise<Mailpit> {
  const [smtpPort = 0, apiPort = 0] = await freePorts(2);
  const server = await startTestServer({
    program: MAILPIT,
    port: smtpPort,
    argsFor: (data) => [
      ...['--smtp', `127.0.0.1:${smtpPort}`, '--listen', `127.0.0.1:${apiPort}`],
      ...['--database', join(data, 'mailpit.db'), '--disable-version-check', '--quiet'],
      ...options,
    ],
    isReady: () => answersOk(apiPort, '/readyz'),
  });
  return { ...server, smtpPort, apiUrl: `http://127.0.0.1:${apiPort}` };
}
