import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../net/ports.js';
import { answersOk } from '../net/probes.js';
import { VERSITY_GATEWAY } from './programs.js';
import { startTestServer, type TestServer } from './test-server.js';

/** An S3 server on loopback. */
export interface VersityGateway extends TestServer {
  readonly port: number;
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Starts an S3 server on a free port.
 *
 * @param buckets names of buckets to begin with
 */
export async function startVersityGateway(buckets: readonly string[] = []): Promise<VersityGateway> {
  const [port = 0] = await freePorts(1);
  const credentials = { accessKeyId: 'test-access-key', secretAccessKey: 'test-secret-key-of-the-object-store' };
  const region = 'us-east-1';
  const server = await startTestServer({
    program: VERSITY_GATEWAY,
    port,
    // Attributes of objects are kept beside the objects: not every file system of a machine has extended ones.
    argsFor: async (data) => {
      const [objects, attributes] = [join(data, 'objects'), join(data, 'attributes')];
      for (const folder of [objects, attributes]) await mkdir(folder);
      for (const bucket of buckets) await mkdir(join(objects, bucket));
      const options = ['--port', `127.0.0.1:${port}`, '--region', region, '--health', '/health', '--quiet'];
      return [...options, 'posix', '--sidecar', attributes, objects];
    },
    env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
    isReady: () => answersOk(port, '/health'),
  });
  return { ...server, ...credentials, port, region, url: `http://127.0.0.1:${port}` };
}
