import type { FlowDefinition } from '@flowplane/contracts';
import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { NO_VERSION, type RefusedFire, type RunInput, type ScheduledFlow } from '../../shared/run-input.js';
import { admit, loadAdmitted } from './local-activities.js';

/** First step of what a schedule starts: the log decides whether it becomes a run, and of which version. */
export async function admitFire(
  flow: ScheduledFlow,
): Promise<{ readonly run: RunInput; readonly definition: FlowDefinition } | RefusedFire> {
  const { workflowId: executionId, firstExecutionRunId: fireId, startTime } = workflowInfo();
  const { tenantId, workspaceId, flowId } = flow;
  // The engine ends the id with the time the fire was due.
  const due = Date.parse(executionId.slice(`${tenantId}:${workspaceId}:${flowId}-workflow-`.length));
  const scheduledAt = Number.isNaN(due) ? startTime.getTime() : due;
  const admission = await admit({ ...flow, executionId, fireId, scheduledAt });
  if (admission.status === 'refused') {
    tellVersion(NO_VERSION);
    return admission;
  }
  const { run } = admission;
  tellVersion(run.envelope.flowVersion);
  return { run, definition: await loadAdmitted(run.envelope, run.requestedAt ?? null) };
}

const FLOW_VERSION = defineSearchAttributeKey('flowVersion', 'KEYWORD');

/** The schedule knows the version at the time it was written only. */
function tellVersion(version: string): void {
  const known = workflowInfo().typedSearchAttributes.get(FLOW_VERSION);
  if (known !== version) upsertSearchAttributes([{ key: FLOW_VERSION, value: version }]);
}
