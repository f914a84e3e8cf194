import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { finalError } from '../task-error.js';
import { BoundedHandler } from './bounded-handler.js';
import { asStorageError } from './storage-fault.js';

export type ObjectStoreOptions = {
  readonly endpoint: string;
  readonly region: string;
  /** The one bucket of the server that holds the objects of all tenants. */
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly maxConnections: number;
  /** Longest silence of the server, ms. */
  readonly timeoutMs: number;
  /** Where the endpoint's name leads; default: as the system says. */
  readonly lookup?: LookupFunction;
};

export type StoredObject = { readonly body: Buffer; readonly contentType: string | undefined };
export type NewObject = { readonly body: Buffer; readonly contentType: string };

/** One bucket of an S3 server, by physical keys. @throws from each: TaskError of tasks 3.2, or the reason of the signal */
export type ObjectStore = {
  /** @returns the entity tag as the server gives it, or null */
  readonly put: (key: string, object: NewObject, signal: AbortSignal) => Promise<string | null>;
  /** @param maxBytes a larger object is not read, `PAYLOAD_TOO_LARGE` */
  readonly get: (key: string, maxBytes: number, signal: AbortSignal) => Promise<StoredObject>;
  readonly close: () => void;
};

const CONNECT_TIMEOUT_MS = 5000;

/** Nothing of the process's environment, its home folder or the machine's metadata changes how this client works. */
const NOTHING_FROM_OUTSIDE = {
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  useArnRegion: false,
  useAccelerateEndpoint: false,
  disableMultiregionAccessPoints: true,
  disableS3ExpressSessionAuth: true,
  followRegionRedirects: false,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  defaultsMode: 'standard',
  retryMode: 'standard',
  userAgentAppId: 'flowplane',
} as const;

/** The client's own words (on a full pool, say) are no log lines of ours. */
const SAYS_NOTHING = { debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {}

/** Opens a client of an S3 server; it connects with the first request. */
export function openObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey, maxConnections, timeoutMs, lookup } = options;
  const sockets = { keepAlive: true, maxSockets: maxConnections, ...(lookup === undefined ? {} : { lookup }) };
  const client = new S3Client({
    ...NOTHING_FROM_OUTSIDE,
    endpoint,
    region,
    forcePathStyle: true,
    logger: SAYS_NOTHING,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1, // the node's policy says how often
    requestHandler: new BoundedHandler({
      httpAgent: new HttpAgent(sockets),
      httpsAgent: new HttpsAgent(sockets),
      logger: SAYS_NOTHING,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: timeoutMs,
    }),
  });
  const guarded = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (thrown) {
      throw asStorageError(thrown, signal);
    }
  };
  return {
    put: (key, { body, contentType }, signal) =>
      guarded(signal, async () => {
        const command = new PutObjectCommand({
          ...{ Bucket: bucket, Key: key, Body: body, ContentType: contentType },
          ContentLength: body.length,
        });
        const { ETag } = await client.send(command, { abortSignal: signal });
        return ETag ?? null;
      }),
    get: (key, maxBytes, signal) =>
      guarded(signal, async () => {
        const command = new GetObjectCommand({ Bucket: bucket, Key: key });
        const answer = await client.send(command, { abortSignal: signal });
        const body = await readAtMost(answer.Body as Readable, answer.ContentLength, maxBytes, signal);
        return { body, contentType: answer.ContentType };
      }),
    close: () => client.destroy(),
  };
}

/** @throws TaskError `PAYLOAD_TOO_LARGE` as soon as there is more than fits; the rest is not received */
async function readAtMost(
  body: Readable,
  announced: number | undefined,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const tooLarge = (): Error => {
    body.destroy();
    return finalError('PAYLOAD_TOO_LARGE', `The object has more than the ${maxBytes} bytes that a task may return.`);
  };
  if (announced !== undefined && announced > maxBytes) throw tooLarge();
  const cut = (): void => void body.destroy(new Error('the work was given up'));
  signal.addEventListener('abort', cut, { once: true });
  try {
    const chunks: Buffer[] = [];
    let received = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', cut);
  }
}
