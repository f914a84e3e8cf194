import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and a server on loopback, and can keep back what the server answers. */
export type HoldingProxy = {
  readonly port: number;
  /** From now on the server gets what clients send, and clients get nothing. */
  readonly hold: () => void;
  /** Hands on what was kept, and all that comes after it. */
  readonly release: () => void;
  /** Bytes that are kept back. */
  readonly heldBytes: () => number;
  /** Connections of clients that are open. */
  readonly connections: () => number;
  /** Connections that clients have made so far. */
  readonly accepted: () => number;
  readonly close: () => void;
};

/** @param onSent gets what clients send */
export async function openHoldingProxy(
  serverPort: number,
  onSent: (data: Buffer) => void = () => undefined,
): Promise<HoldingProxy> {
  let isHolding = false;
  let accepted = 0;
  let held: { readonly to: Socket; readonly data: Buffer }[] = [];
  const clients = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    accepted += 1;
    clients.add(client);
    client.on('data', (data: Buffer) => {
      onSent(data);
      server.write(data);
    });
    server.on('data', (data: Buffer) => {
      if (isHolding) held.push({ to: client, data });
      else client.write(data);
    });
    const end = (): void => {
      clients.delete(client);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.on('error', end);
      socket.on('close', end);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    hold: () => {
      isHolding = true;
    },
    release: () => {
      isHolding = false;
      for (const { to, data } of held) to.write(data);
      held = [];
    },
    heldBytes: () => held.reduce((bytes, { data }) => bytes + data.length, 0),
    connections: () => clients.size,
    accepted: () => accepted,
    close: () => {
      for (const client of clients) client.destroy();
      proxy.close();
    },
  };
}
