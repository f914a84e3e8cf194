import { once } from 'node:events';
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net';
import { connect, createServer, type ConnectionOptions, type TlsOptions } from 'node:tls';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { makeTestAuthority, type KeyPair, type TestAuthority } from '../../test/certificates.js';
import { explainTlsFault } from './index.js';

const VARIABLES = { address: 'ADDRESS', tls: 'TLS', authorities: 'CA', certificate: 'CERT' };

let ours: TestAuthority;
let good: KeyPair;
let server: Server | undefined;
beforeAll(async () => {
  ours = await makeTestAuthority('ours');
  good = await ours.sign({ name: 'server', hosts: ['localhost'] });
});
afterEach(() => void server?.close());

const serve = (options: TlsOptions): Server =>
  createServer(options, (socket) => socket.end('.')).on('tlsClientError', () => undefined);

/** What Node itself throws when a client connects to this server. */
async function faultOf(made: Server, options: ConnectionOptions = {}): Promise<unknown> {
  server = made.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: ours.cert, ...options });
  let fault: unknown;
  socket.on('error', (error) => void (fault = error)).resume();
  await new Promise((resolve) => socket.on('close', resolve));
  return fault;
}

it('has nothing to say about a handshake that succeeds, nor about other faults', async () => {
  expect(await faultOf(serve(good))).toBeUndefined();
  expect(explainTlsFault(new Error('connect ECONNREFUSED'), VARIABLES)).toBeUndefined();
});

it('knows an expired certificate', async () => {
  const expired = await ours.sign({ name: 'server', hosts: ['localhost'], expired: true });
  expect(explainTlsFault(await faultOf(serve(expired)), VARIABLES)).toMatch(/at ADDRESS has expired/);
});

it('knows an authority that is not trusted', async () => {
  const other = await (await makeTestAuthority('other')).sign({ name: 'server', hosts: ['localhost'] });
  expect(explainTlsFault(await faultOf(serve(other)), VARIABLES)).toMatch(/no authority that we trust: look at CA/);
});

it('knows a certificate for another name', async () => {
  const fault = await faultOf(serve(good), { servername: 'elsewhere.example' });
  expect(explainTlsFault(fault, VARIABLES)).toMatch(/another host name than that in ADDRESS/);
});

it('knows a server that wants a client certificate', async () => {
  const fault = await faultOf(serve({ ...good, ca: ours.cert, requestCert: true, rejectUnauthorized: true }));
  expect(explainTlsFault(fault, VARIABLES)).toMatch(/does not accept our certificate: look at CERT/);
});

it.each([
  ['answers in plaintext', (): Server => createPlainServer((socket) => socket.end('HTTP/1.1 400\r\n'))],
  ['hangs up', (): Server => createPlainServer((socket) => socket.end())],
])('knows a server without TLS that %s', async (_, make) => {
  expect(explainTlsFault(await faultOf(make()), VARIABLES)).toMatch(/does not speak TLS on this port: look at TLS/);
});
