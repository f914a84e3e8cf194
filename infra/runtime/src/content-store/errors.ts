/** A payload over the store's limit: never retryable, nothing was stored. */
export class PayloadTooLarge extends Error {
  override readonly name = 'PayloadTooLarge';
  constructor(
    readonly sizeBytes: number,
    readonly maxBytes: number,
  ) {
    super(`payload of ${sizeBytes} bytes is over the limit of ${maxBytes}`);
  }
}

/** A hash nothing is stored under: lost or freed data, or a reference that was never valid. */
export class PayloadMissing extends Error {
  override readonly name = 'PayloadMissing';
  constructor(readonly hash: string) {
    super(`no payload is stored under ${hash}`);
  }
}
