/** A fault whose message is meant for the person at the terminal: printed as it is, without a stack trace. */
export class StackFault extends Error {
  override readonly name = 'StackFault';
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
