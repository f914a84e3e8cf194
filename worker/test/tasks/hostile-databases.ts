import { createServer, type AddressInfo, type Socket } from 'node:net';
import { constants, deflateRawSync } from 'node:zlib';
import { BSON, type Document } from 'mongodb';

/** A server on loopback that does what it likes with everyone who connects. */
export type HostileDatabase = {
  readonly port: number;
  /** Connections so far. */
  readonly accepted: () => number;
  /** Connections that are open. */
  readonly open: () => number;
  readonly close: () => void;
};

/** @param behave gets each connection with the first bytes of its client */
export async function openHostileDatabase(behave: (socket: Socket, first: Buffer) => void): Promise<HostileDatabase> {
  let accepted = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', (first: Buffer) => behave(socket, first));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Sends the head, and zeros behind it as long as they are taken. */
export const endlessly =
  (head: Buffer) =>
  (socket: Socket): void => {
    const chunk = Buffer.alloc(1_048_576);
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', more);
    socket.write(head);
    more();
  };

const MESSAGE = 2013;
const COMPRESSED = 2012;
const ZLIB = 2;

const int32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeInt32LE(value, 4 * index);
  return bytes;
};

function mongoMessage(opCode: number, responseTo: number, body: Buffer): Buffer {
  return Buffer.concat([int32(16 + body.length, 1, responseTo, opCode), body]);
}

/** A message of MongoDB's protocol of a few hundred KiB that becomes gigabytes. */
export function bombMessage(): Buffer {
  const zeros = Buffer.alloc(16_777_216);
  // Flushed, so that it may stand behind itself any number of times.
  const block = deflateRawSync(zeros, { finishFlush: constants.Z_FULL_FLUSH });
  const stream = Buffer.concat([Buffer.from([0x78, 0x9c]), ...Array.from({ length: 256 }, () => block)]);
  const head = Buffer.concat([int32(MESSAGE, 2_000_000_000), Buffer.from([ZLIB])]);
  return mongoMessage(COMPRESSED, 0, Buffer.concat([head, stream]));
}

export const HELLO: Document = { ok: 1, isWritablePrimary: true, minWireVersion: 0, maxWireVersion: 21 };

/**
 * Behaves as a server of MongoDB: answers each command as `answer` says.
 *
 * @param answer of a command by its name; undefined: there is no answer
 */
export const mongoServer =
  (answer: (command: string) => Document | undefined) =>
  (socket: Socket, first: Buffer): void => {
    let rest: Buffer = Buffer.alloc(0);
    const take = (chunk: Buffer): void => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 16 && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        const document = BSON.deserialize(documentOf(message));
        const reply = answer(Object.keys(document)[0] ?? '');
        if (reply === undefined) continue;
        const body = Buffer.concat([int32(0), Buffer.from([0]), BSON.serialize(reply)]);
        socket.write(mongoMessage(MESSAGE, message.readInt32LE(4), body));
      }
    };
    socket.on('data', take);
    take(first);
  };

/** Of a message of either kind that clients send. */
function documentOf(message: Buffer): Buffer {
  if (message.readInt32LE(12) === MESSAGE) return message.subarray(21);
  // flags, name of a collection with a zero behind it, two numbers
  return message.subarray(message.indexOf(0, 20) + 1 + 8);
}

/** Answers of a server with one collection, `docs`, whose documents these are. */
export const withDocuments =
  (documents: readonly Document[], hello: Document = HELLO) =>
  (command: string): Document => {
    const batch = (firstBatch: readonly Document[]) => ({
      ...{ ok: 1, cursor: { id: BSON.Long.ZERO, ns: 'data.docs', firstBatch } },
    });
    if (command === 'listCollections') return batch([{ name: 'docs', type: 'collection' }]);
    return command === 'find' ? batch(documents) : hello;
  };
