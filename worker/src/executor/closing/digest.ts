import type { StoredValue } from '@flowplane/contracts';
import { contentHash } from '@flowplane/runtime/content-store';

/** What tells a value from another one without keeping it. */
export type Digest = { readonly hash: string; readonly sizeBytes: number };

/** A value that a frame had: whole, or as far as it can be told from others. */
export type SeenValue = StoredValue | Digest;

export const isDigest = (value: unknown): value is Digest =>
  typeof value === 'object' && value !== null && 'hash' in value;

/** Equal for equal values, inline or by reference. */
export const digestOf = ({ json, ref, sizeBytes }: StoredValue): Digest => ({
  hash: ref ?? contentHash(Buffer.from(json ?? '', 'utf8')),
  sizeBytes,
});
