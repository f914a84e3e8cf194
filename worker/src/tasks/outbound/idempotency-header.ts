/**
 * The key of a node as the header `Idempotency-Key` has it. Ids of nodes are free text, so that everything but printable
 * ASCII, and the percent sign, is percent-encoded.
 */
export const idempotencyHeader = (key: string): string =>
  Buffer.from(key, 'utf8')
    .toString('utf8')
    .replace(/[^\x21-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
