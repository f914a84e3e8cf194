/** Parts of an execution id (flows-api 6.2). `runId` is what follows the flow id and its separator. */
export type ExecutionIdParts = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly runId: string;
};

const WORKFLOW_INFIX = '-workflow-';

/** Id of a run started by hand or by a retry. `uuid` comes from the caller: the decider invents nothing. */
export function manualExecutionId(tenantId: string, workspaceId: string, flowId: string, uuid: string): string {
  return `${tenantId}:${workspaceId}:${flowId}:${uuid}`;
}

/**
 * Splits an execution id by the rule of flows-api 6.2.
 *
 * @returns undefined for a text that is no execution id: nobody owns it.
 */
export function parseExecutionId(executionId: string): ExecutionIdParts | undefined {
  const firstColon = executionId.indexOf(':');
  const secondColon = executionId.indexOf(':', firstColon + 1);
  if (firstColon <= 0 || secondColon <= firstColon + 1) return undefined;
  const tenantId = executionId.slice(0, firstColon);
  const workspaceId = executionId.slice(firstColon + 1, secondColon);
  const rest = executionId.slice(secondColon + 1);
  const colon = rest.indexOf(':');
  const head = colon === -1 ? rest : rest.slice(0, colon);
  const infix = head.indexOf(WORKFLOW_INFIX);
  const flowId = infix === -1 ? head : head.slice(0, infix);
  const runId = infix === -1 ? rest.slice(head.length + 1) : rest.slice(infix + WORKFLOW_INFIX.length);
  return flowId === '' || runId === '' ? undefined : { tenantId, workspaceId, flowId, runId };
}

/** Where a caller says a run is: identity and path. */
export type ExecutionScope = Omit<ExecutionIdParts, 'runId'>;

/** The ownership gate of flows-api 6.3, from the id alone. */
export function isExecutionOf(executionId: string, { tenantId, workspaceId, flowId }: ExecutionScope): boolean {
  const parts = parseExecutionId(executionId);
  return parts?.tenantId === tenantId && parts.workspaceId === workspaceId && parts.flowId === flowId;
}
