/*
 * What is wrong with secrets and their keys. Messages name tenants, ids and variables, never a value. None of these is
 * cured by trying again before an operator has done something.
 */

/** Ids that nothing is kept under: removed, swept, or never valid. */
export class SecretMissing extends Error {
  override readonly name = 'SecretMissing';
  constructor(
    readonly tenantId: string,
    readonly secretIds: readonly string[],
  ) {
    super(`tenant ${tenantId} has no secret ${secretIds.join(', ')}`);
  }
}

/** A row that its key does not open: it was changed, or is of another tenant or secret. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';
  constructor(
    readonly tenantId: string,
    readonly secretId: string,
  ) {
    super(`secret ${secretId} of tenant ${tenantId} cannot be decrypted with its key`);
  }
}

/** A data key that its master key does not open: it was changed, or the master key of that id is another one. */
export class DataKeyUnreadable extends Error {
  override readonly name = 'DataKeyUnreadable';
  constructor(
    readonly tenantId: string,
    readonly keyId: string,
    readonly masterKeyId: string,
  ) {
    super(`data key ${keyId} of tenant ${tenantId} cannot be decrypted with master key ${masterKeyId}`);
  }
}

/** A master key that is needed and not configured. */
export class MasterKeyMissing extends Error {
  override readonly name = 'MasterKeyMissing';
  /** @param masterKeyId undefined: no master key is configured at all */
  constructor(readonly masterKeyId?: string) {
    super(
      masterKeyId === undefined
        ? 'no master key is configured: set FLOWS_MASTER_KEYS or FLOWS_MASTER_KEYS_FILE'
        : `master key ${masterKeyId} is not among those of FLOWS_MASTER_KEYS or FLOWS_MASTER_KEYS_FILE`,
    );
  }
}

/** A command put another value before under the same id: ids are of one command each. */
export class SecretTaken extends Error {
  override readonly name = 'SecretTaken';
  constructor(
    readonly tenantId: string,
    readonly secretId: string,
  ) {
    super(`secret ${secretId} of tenant ${tenantId} has another value already`);
  }
}

/** More than may be put; nothing was stored. */
export class SecretsTooLarge extends Error {
  override readonly name = 'SecretsTooLarge';
  /** @param what `secrets of a command`, or `bytes of a secret` */
  constructor(
    what: string,
    readonly found: number,
    readonly limit: number,
  ) {
    super(`${found} ${what} are over the limit of ${limit}`);
  }
}
