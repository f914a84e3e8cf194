import { createHash } from 'node:crypto';

/** Namespace of every name-based id Flowplane makes (a random UUID that never changes). */
const NAMESPACE = Buffer.from('7c1ed9ab0d5c4f2b9f0a6a1f6f0c35d1', 'hex');

/** RFC 9562 version 5 (SHA-1, name-based) UUID of `name` in Flowplane's namespace. */
export function uuidV5(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Id of an event that says a command changes nothing, or starts nothing. A command that is repeated whole, with its id,
 * gets a second such record. The command's offset is part of the id, so the two are no duplicates.
 */
export function idWithoutEffect(commandId: string, attempt: number, commandOffset: number): string {
  return uuidV5(`${commandId}/${attempt}/acknowledged/${commandOffset}`);
}

/** By event-log 8 any duplicate downstream is recognisable. */
export function eventId(commandId: string, attempt: number, index: number): string {
  return uuidV5(`${commandId}/${attempt}/${index}`);
}
