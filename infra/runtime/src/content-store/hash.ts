import { createHash } from 'node:crypto';

/** Key of a payload: SHA-256 of its bytes as 64 lower-case hex characters. */
export function contentHash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export const isContentHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
