import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Servers whose every answer is a failure that quotes all they were told. */
export type EchoingBackends = {
  /** Of the HTTP server, with its `host:port`. */
  readonly url: string;
  readonly hostPort: string;
  readonly mailPort: number;
  /** All that callers said, credentials decoded: to prove that they were sent. */
  readonly told: () => string;
  readonly close: () => Promise<void>;
};

export async function startEchoingBackends(): Promise<EchoingBackends> {
  const said: string[] = [];
  const sockets = new Set<Socket>();
  const http = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const { method, url, headers } = request;
      const message = JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') });
      said.push(message, decodedBasic(headers.authorization));
      response.writeHead(400, { 'content-type': 'application/json', 'x-you-said': encodeURIComponent(message) });
      response.end(JSON.stringify({ error: message, message, error_description: message }));
    });
  });
  const mail = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write('220 echo.example ESMTP\r\n');
    socket.on('data', (chunk: Buffer) => {
      const line = chunk.toString('utf8').trim();
      if (/^EHLO/i.test(line)) return void socket.write('250-echo.example\r\n250 AUTH PLAIN\r\n');
      const credentials = Buffer.from(line.replace(/^AUTH PLAIN /, ''), 'base64').toString('utf8');
      const quoted = `${line} ${credentials.replaceAll(/[^ -~]/g, ' ')}`;
      said.push(quoted);
      return void socket.end(`535 you said ${quoted}\r\n`);
    });
  });
  const ports: number[] = [];
  for (const server of [http, mail] as Server[]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  const [httpPort = 0, mailPort = 0] = ports;
  return {
    url: `http://127.0.0.1:${httpPort}`,
    hostPort: `127.0.0.1:${httpPort}`,
    mailPort,
    told: () => said.join('\n'),
    close: async () => {
      http.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await Promise.all([http, mail].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

const decodedBasic = (header = ''): string =>
  header.startsWith('Basic ') ? Buffer.from(header.slice('Basic '.length), 'base64').toString('utf8') : '';
