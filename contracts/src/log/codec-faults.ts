/** A value that is no single-object encoding of a schema we know. Goes to the dead letters, never to the floor. */
export class UndecodableValue extends Error {
  override readonly name: string = 'UndecodableValue';
}

/**
 * A value of a schema that this release does not know: a newer release wrote it. It is not garbage, and nothing behind
 * it may be processed by who processes in order: the partition waits for a process that knows it.
 */
export class UnknownSchema extends UndecodableValue {
  override readonly name = 'UnknownSchema';
  /** @param fingerprint as in `PublishedSchema` */
  constructor(readonly fingerprint: string) {
    super(`unknown schema fingerprint ${fingerprint}: a newer release wrote it`);
  }
}

/** A message that the release to write for (`writeAs`) could not read, or not without losing something. */
export class UnwritableMessage extends Error {
  override readonly name = 'UnwritableMessage';
}
