import type { FrameRun } from '../workflow/frame-sinks.js';
import type { TaskEnvelope } from '../workflow/perform-task.js';

/** Whose frames the attempts of a task are; undefined where nobody could tell: the envelope is not checked yet. */
export function runOfTask(envelope: TaskEnvelope | undefined): FrameRun | undefined {
  const { lineage, quiet } = envelope ?? {};
  // A sub-flow whose root is not known, below a run that an earlier release started.
  if (quiet === true && lineage === undefined) return undefined;
  const { executionId, tenantId, workspaceId, flowId, flowVersion } = envelope?.tenant ?? {};
  if (executionId === undefined || tenantId === undefined || flowVersion === undefined) return undefined;
  if (workspaceId === undefined || flowId === undefined) return undefined;
  const run = { executionId, tenantId, workspaceId, flowId };
  return lineage === undefined ? run : { ...run, subFlow: { ...lineage, version: flowVersion } };
}
