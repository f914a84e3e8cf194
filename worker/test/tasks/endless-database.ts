import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server that begins a message of 2 GB, and sends zeros as long as they are taken. */
export type EndlessDatabase = {
  readonly port: number;
  /** Bytes so far, divided by the connections. */
  readonly sentToEach: () => number;
  readonly close: () => void;
};

export async function openEndlessDatabase(): Promise<EndlessDatabase> {
  let sent = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const chunk = Buffer.alloc(1_048_576);
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
    };
    const head = Buffer.alloc(4);
    head.writeInt32LE(2_000_000_000);
    socket.once('data', () => {
      socket.write(head);
      more();
    });
    socket.on('drain', more);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sentToEach: () => sent / sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
