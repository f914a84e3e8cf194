import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { KeyPair } from '@flowplane/plumbing/test/certificates';

/** A server with TLS in front of one without. */
export type TlsDoor = {
  readonly port: number;
  /** Names that clients asked for, of the connections that came to be. */
  readonly names: () => readonly (string | false)[];
  readonly close: () => void;
};

/** Bytes in which a client of PostgreSQL asks for TLS; the answer is one letter. */
const SSL_REQUEST_BYTES = 8;

export async function openTlsDoor(
  serverPort: number,
  { cert, key }: KeyPair,
  protocol: 'postgres' | 'tls from the first byte',
): Promise<TlsDoor> {
  const names: (string | false)[] = [];
  const sockets = new Set<Socket>();
  const secure = (plain: Socket): void => {
    const client = new TLSSocket(plain, { isServer: true, cert, key });
    client.on('error', () => plain.destroy());
    client.on('secure', () => {
      names.push((client as unknown as { readonly servername: string | false }).servername);
      const server = connect(serverPort, '127.0.0.1');
      server.on('error', () => client.destroy());
      server.on('close', () => client.destroy());
      client.on('close', () => server.destroy());
      client.pipe(server).pipe(client);
    });
  };
  const door = createServer((plain) => {
    sockets.add(plain);
    plain.on('error', () => undefined);
    plain.on('close', () => sockets.delete(plain));
    if (protocol !== 'postgres') secure(plain);
    else {
      plain.once('readable', () => {
        plain.read(SSL_REQUEST_BYTES);
        plain.write('S');
        secure(plain);
      });
    }
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  return {
    port: (door.address() as AddressInfo).port,
    names: () => names,
    close: () => {
      for (const socket of sockets) socket.destroy();
      door.close();
    },
  };
}
