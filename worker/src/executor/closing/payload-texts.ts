import type { Payload, PayloadCodec } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { StoredValue } from '@flowplane/contracts';
import type { ContentStore } from '@flowplane/runtime/content-store';

type ProtoPayload = temporal.api.common.v1.IPayload;

/**
 * JSON texts of payloads as they were before the codec; null for no payload, no value, or one that is not JSON.
 * References are resolved all at once.
 */
export async function payloadTexts(
  codecs: readonly PayloadCodec[],
  payloads: readonly (ProtoPayload | null)[],
): Promise<readonly (string | null)[]> {
  const present = payloads.filter((payload) => payload !== null);
  let decoded = present as Payload[];
  for (const codec of codecs.toReversed()) decoded = await codec.decode(decoded);
  const texts = new Map(present.map((payload, index) => [payload, jsonText(decoded[index])]));
  return payloads.map((payload) => (payload === null ? null : (texts.get(payload) ?? null)));
}

function jsonText(payload: Payload | undefined): string | null {
  const encoding = payload?.metadata?.['encoding'];
  if (!payload?.data || !encoding || Buffer.from(encoding).toString('utf8') !== 'json/plain') return null;
  return Buffer.from(payload.data).toString('utf8');
}

/** Inline up to `inlineMaxBytes` of UTF-8, else once in the content store. */
export async function storeText(
  store: Pick<ContentStore, 'put'>,
  text: string,
  inlineMaxBytes: number,
  tenantId: string,
): Promise<StoredValue> {
  const sizeBytes = Buffer.byteLength(text, 'utf8');
  if (sizeBytes <= inlineMaxBytes) return { json: text, ref: null, sizeBytes };
  return { json: null, ref: await store.put(text, tenantId), sizeBytes };
}
