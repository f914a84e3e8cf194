import { createRequire } from 'node:module';
import type { Transform, TransformCallback } from 'node:stream';
import { MongoNetworkError } from 'mongodb';

/**
 * Most bytes of one message of a server. The protocol's documents have 16 MiB, and so have its batches. The driver has no bound: it
 * would keep whatever length a server announces, and the server of a connection is a tenant's choice.
 */
const MAX_MESSAGE_BYTES = 20_971_520;

/** The part of the driver that cuts what arrives into messages. */
type MessageCutter = Transform & {
  readonly bufferPool: { readonly getInt32: () => number | null };
};
type Cut = (this: MessageCutter, chunk: unknown, encoding: BufferEncoding, done: TransformCallback) => void;
type CutterClass = { readonly prototype: MessageCutter };

const BOUNDED = Symbol.for('flowplane.bounded-messages');

/**
 * Has every client of this process end a connection on which a longer message begins; done once.
 *
 * @throws Error where the driver has no such part any more: an upgrade has to look for it anew
 */
export function boundMessages(): void {
  const { SizedMessageTransform: cutter } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as {
    readonly SizedMessageTransform?: CutterClass;
  };
  if (typeof cutter?.prototype._transform !== 'function') throw new Error('the driver cuts messages in another way');
  const prototype = cutter.prototype as MessageCutter & { [BOUNDED]?: true };
  if (prototype[BOUNDED] === true) return;
  prototype[BOUNDED] = true;
  const cut = Reflect.get(prototype, '_transform') as Cut;
  prototype._transform = function bounded(
    this: MessageCutter,
    chunk: unknown,
    encoding: BufferEncoding,
    done: TransformCallback,
  ) {
    cut.call(this, chunk, encoding, (fault) => {
      const isTooLong = (this.bufferPool.getInt32() ?? 0) > MAX_MESSAGE_BYTES;
      done(fault ?? (isTooLong ? new MongoNetworkError('a message is too long') : null));
    });
  };
}
