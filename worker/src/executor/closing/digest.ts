import type { StoredValue } from '@flowplane/contracts';
import { contentHash } from '@flowplane/runtime/content-store';

/** What tells a value from another one without keeping it. */
export type Digest = { readonly hash: string; readonly sizeBytes: number };

/** Equal for equal values, inline or by reference. */
export const digestOf = ({ json, ref, sizeBytes }: StoredValue): Digest => ({
  hash: ref ?? contentHash(Buffer.from(json ?? '', 'utf8')),
  sizeBytes,
});
