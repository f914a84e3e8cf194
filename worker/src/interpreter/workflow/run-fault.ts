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
