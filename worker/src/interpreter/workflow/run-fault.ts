/** Why a run fails: the `failure` of flow-language 11.3. `nodeId` null when no node is at fault. */
export class RunFault extends Error {
  override readonly name = 'RunFault';
  constructor(
    readonly nodeId: string | null,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Fault of a text that is to be a duration and is none; validation forbids it. */
export const invalidDuration = (nodeId: string, text: string): RunFault =>
  new RunFault(nodeId, 'InvalidDuration', `'${text}' is not an ISO-8601 duration, such as PT30S for 30 seconds.`);
