import { createSocket, type RemoteInfo } from 'node:dgram';

/** A DNS server on this machine. What it is asked for and does not know is NXDOMAIN; `silent.…` gets no answer. */
export type NameServer = {
  /** `address:port`. */
  readonly address: string;
  /** Questions so far, as `A name` or `AAAA name`. */
  readonly asked: () => readonly string[];
  readonly close: () => Promise<void>;
};

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };
const [OK, SERVER_FAILURE, NO_SUCH_NAME] = [0, 2, 3];

/** Other ones with each question, where they are given as a function. */
type Addresses = readonly string[] | (() => readonly string[]);

/** @param names IPv4 addresses by name; `failing.…` is a failure of the server. */
export async function openNameServer(names: Readonly<Record<string, Addresses>>): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    const { name, end } = nameIn(query);
    const type = TYPES[query.readUInt16BE(end)] ?? '';
    asked.push(`${type} ${name}`);
    if (name.startsWith('silent.')) return;
    const known = type === 'A' ? (names[name] ?? []) : [];
    const addresses = typeof known === 'function' ? known() : known;
    const failing = name.startsWith('failing.') ? SERVER_FAILURE : NO_SUCH_NAME;
    const code = name in names ? OK : failing;
    socket.send(answerTo(query.subarray(0, end + 4), addresses, code), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** The first question's name, in lower case, and where it ends. */
function nameIn(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

/** @param question header and question of the query */
function answerTo(question: Buffer, addresses: readonly string[], code: number): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const records = addresses.map((address) =>
    // The name of the question, A, IN, a TTL of 0 s, four bytes.
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([head, ...records]);
}
