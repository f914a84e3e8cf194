import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * What a ciphertext belongs to, as additional data: it opens nowhere else. As JSON, so that no two lists of texts make the
 * same bytes.
 */
export type Place = readonly [kind: 'data key' | 'secret', tenantId: string, id: string];

const placeBytes = (place: Place): Buffer => Buffer.from(JSON.stringify(place), 'utf8');

/**
 * Encrypts with AES-256-GCM and a random IV, of which one key has enough for 2^32 encryptions.
 *
 * @returns IV, ciphertext and tag
 */
export function seal(key: KeyObject, place: Place, plain: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(placeBytes(place));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What `seal` encrypted; undefined when it is not of this key and place, or was changed. */
export function open(key: KeyObject, place: Place, sealed: Buffer): Buffer | undefined {
  if (sealed.length < IV_BYTES + TAG_BYTES) return undefined;
  const iv = sealed.subarray(0, IV_BYTES);
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(placeBytes(place));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
