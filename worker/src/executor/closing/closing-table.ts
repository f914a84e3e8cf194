import { beginningOf, type FinalNode, type StoredValue } from '@flowplane/contracts';
import { PayloadTooLarge, type ContentStore } from '@flowplane/runtime/content-store';
import { droppedValue } from '../../shared/codec/index.js';
import { storeText } from './payload-texts.js';

/** Values above this stand in the table of a closed run by reference. Bytes. */
const INLINE_BYTES = 4096;
/** A table is one content; the store takes 16 MiB. Bytes. */
const MAX_TABLE_BYTES = 12 * 1024 * 1024;
/** Characters of an error that are left where a table is too large. */
const SHORT_TEXT = 200;

/** Keeps a value of a node or the result of a run; what the store does not take is replaced by a mark with its size. */
export async function storeValue(
  store: Pick<ContentStore, 'put'>,
  text: string,
  inlineMaxBytes: number,
  tenantId: string,
): Promise<StoredValue> {
  try {
    return await storeText(store, text, inlineMaxBytes, tenantId);
  } catch (cause) {
    if (!(cause instanceof PayloadTooLarge)) throw cause;
    const json = JSON.stringify(droppedValue(Buffer.byteLength(text)));
    return { json, ref: null, sizeBytes: json.length };
  }
}

/** As `storeValue`, for the value of one node. */
export const storeNodeValue = (
  store: Pick<ContentStore, 'put'>,
  text: string,
  inlineMaxBytes: number,
  tenantId: string,
) => storeValue(store, text, Math.min(inlineMaxBytes, INLINE_BYTES), tenantId);

/**
 * The table as JSON text. Where it is too large, errors are cut and all attempts but the last are left out; where even
 * that is too large, there is none: a run is closed whatever its size.
 */
export function tableText(nodes: readonly FinalNode[], maxBytes = MAX_TABLE_BYTES): string | null {
  for (const rows of [nodes, nodes.map(withoutDetails)]) {
    const text = JSON.stringify(rows);
    if (Buffer.byteLength(text) <= maxBytes) return text;
  }
  return null;
}

const withoutDetails = (node: FinalNode): FinalNode => ({
  ...node,
  attempts: node.attempts.slice(-1),
  error:
    node.error === null ? null : { ...node.error, message: beginningOf(node.error.message, SHORT_TEXT), stack: null },
});
