import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and a server on loopback, and can keep back what the server answers. */
export type HoldingProxy = {
  readonly port: number;
  /**
   * From now on clients get nothing, not even the end of a connection. The server gets what clients send, or, with `all`,
   * nothing either.
   */
  readonly hold: (what?: 'answers' | 'all') => void;
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
  let isHoldingAll = false;
  let accepted = 0;
  /** What clients get when they are let: data, and ends of connections. */
  let held: { readonly bytes: number; readonly pass: () => void }[] = [];
  const clients = new Set<Socket>();
  const pass = (bytes: number, work: () => void): void => {
    if (isHolding) held.push({ bytes, pass: work });
    else work();
  };
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    accepted += 1;
    clients.add(client);
    client.on('data', (data: Buffer) => {
      onSent(data);
      if (isHoldingAll) held.push({ bytes: 0, pass: () => server.write(data) });
      else server.write(data);
    });
    server.on('data', (data: Buffer) => pass(data.length, () => client.write(data)));
    server.on('error', () => undefined);
    server.on('close', () => pass(0, () => client.destroySoon()));
    client.on('error', () => undefined);
    client.on('close', () => {
      clients.delete(client);
      server.destroy();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    hold: (what = 'answers') => {
      isHolding = true;
      isHoldingAll = what === 'all';
    },
    release: () => {
      isHolding = false;
      isHoldingAll = false;
      for (const one of held) one.pass();
      held = [];
    },
    heldBytes: () => held.reduce((sum, { bytes }) => sum + bytes, 0),
    connections: () => clients.size,
    accepted: () => accepted,
    close: () => {
      for (const client of clients) client.destroy();
      proxy.close();
    },
  };
}
