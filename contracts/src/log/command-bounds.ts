/**
 * Largest command, as it is encoded. Its events repeat what it carries and must fit a record of the events topic
 * (16 MiB), or its partition could never decide anything again.
 */
export const MAX_COMMAND_BYTES = 12 * 1024 * 1024;

/** The last attempt of a command whose attempts are stale; it is refused instead (ADR 28). */
export const MAX_COMMAND_ATTEMPTS = 5;
