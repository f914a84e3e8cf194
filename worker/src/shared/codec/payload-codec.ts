import { PayloadMissing, type ContentStore } from '@flowplane/runtime/content-store';
import { isScopeId } from '@flowplane/contracts';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { makeByteCache } from './byte-cache.js';

/** Encoding name of a payload whose bytes lie in the content store; its data is the SHA-256 as 64 hex characters. */
const REFERENCE_ENCODING = 'flowplane/sha256';

/** Metadata key that keeps the encoding the payload had before. */
const INNER_ENCODING = 'inner-encoding';

export type PayloadCodecOptions = {
  readonly store: Pick<ContentStore, 'put' | 'get'>;
  /** FLOWS_PAYLOAD_INLINE_MAX_BYTES: larger payloads are stored and replaced by their reference. */
  readonly inlineMaxBytes: number;
  /** Memory for contents read or written lately: a replay decodes what the worker has just encoded. */
  readonly cacheMaxBytes?: number;
  /**
   * What to do with a reference nothing is stored under: `throw` (default), or put `LOST_VALUE` in its place, for who
   * only tells what happened.
   */
  readonly onMissing?: 'throw' | 'mark';
};

/** Stands for a value that is not kept any more. */
const LOST_VALUE = { 'flowplane/lost': true } as const;
const LOST_PAYLOAD: Payload = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(LOST_VALUE)),
};

/** Stands for a value that was too large to be kept. */
export const droppedValue = (bytes: number) => ({ 'flowplane/dropped': bytes });

/** Whether a decoded value stands for one that is not kept. */
export const isLost = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 1 &&
  ('flowplane/lost' in value || 'flowplane/dropped' in value);

const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;

/**
 * The one payload codec of clients and workers. Contents are stored before the reference is handed on, so
 * a reference in a history always has its content; storing the same value again changes nothing.
 *
 * @throws from `decode`: PayloadMissing for a reference nothing is stored under; errors of the store
 */
export function makePayloadCodec(options: PayloadCodecOptions): PayloadCodec {
  const { store, inlineMaxBytes } = options;
  const cache = makeByteCache(options.cacheMaxBytes ?? DEFAULT_CACHE_BYTES);

  const encodeOne = async (payload: Payload, tenantId: string | undefined): Promise<Payload> => {
    const { data, metadata } = payload;
    if (data === null || data === undefined || data.length <= inlineMaxBytes) return payload;
    const hash = await store.put(Buffer.from(data.buffer, data.byteOffset, data.length), tenantId);
    cache.set(hash, data);
    const inner = metadata?.['encoding'];
    return {
      metadata: {
        ...metadata,
        encoding: Buffer.from(REFERENCE_ENCODING, 'utf8'),
        ...(inner === undefined ? {} : { [INNER_ENCODING]: inner }),
      },
      data: Buffer.from(hash, 'utf8'),
    };
  };
  const contentOf = (hash: string): Promise<Uint8Array | undefined> =>
    store.get(hash).catch((cause: unknown) => {
      if (options.onMissing === 'mark' && cause instanceof PayloadMissing) return undefined;
      throw cause;
    });
  const decodeOne = async (payload: Payload): Promise<Payload> => {
    const hash = referenceOf(payload);
    if (hash === undefined) return payload;
    const data = cache.get(hash) ?? (await contentOf(hash));
    if (data === undefined) return LOST_PAYLOAD;
    cache.set(hash, data);
    const { [INNER_ENCODING]: inner, ...metadata } = payload.metadata ?? {};
    return { metadata: { ...metadata, ...(inner === undefined ? {} : { encoding: inner }) }, data };
  };
  // Nearly every payload is small: those batches pass without a promise per payload.
  return {
    encode: async (payloads, context) =>
      payloads.some(({ data }) => (data?.length ?? 0) > inlineMaxBytes)
        ? Promise.all(payloads.map((payload) => encodeOne(payload, tenantOf(context))))
        : payloads,
    decode: async (payloads) =>
      payloads.some((payload) => referenceOf(payload) !== undefined) ? Promise.all(payloads.map(decodeOne)) : payloads,
  };
}

/** Whose payload it is: the ids of runs begin with it, those of children whose id ends in a hash as well. */
function tenantOf(context: SerializationContext | undefined): string | undefined {
  const [tenantId = '', ...rest] = (context?.workflowId ?? '').split(':', 2);
  return rest.length > 0 && isScopeId(tenantId) ? tenantId : undefined;
}

/** Hash a payload stands for, if it is a reference; needed by code that reads histories without decoding them. */
export function referenceOf({ metadata, data }: Payload): string | undefined {
  const encoding = metadata?.['encoding'];
  if (encoding?.length !== REFERENCE_ENCODING.length) return undefined;
  if (Buffer.from(encoding).toString('utf8') !== REFERENCE_ENCODING) return undefined;
  return Buffer.from(data ?? []).toString('utf8');
}
