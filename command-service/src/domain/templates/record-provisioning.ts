import {
  manualExecutionId,
  planDeprovision,
  sameResource,
  stepType,
  uuidV5,
  type RecordDeprovisioningFinished,
  type RecordProvisioningFinished,
  type RecordProvisioningNodeStarted,
  type RecordResourceCreated,
  type RecordResourceRemoved,
  type TemplateResource,
} from '@flowplane/contracts';
import { accepted, already, type Decision } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import type { Template } from './state.js';

/** What the worker and the executor report of runs of templates. Repeated, or late, it changes nothing. */

export function recordNodeStarted({ templates }: TenantState, { data }: RecordProvisioningNodeStarted): Decision {
  const template = templates.templates.get(data.templateId);
  if (template?.provisioning !== data.executionId) return already(data.executionId);
  // An attempt that is repeated.
  const isBegun = template.started.includes(data.nodeId) || template.begun.some(({ nodeId }) => nodeId === data.nodeId);
  if (isBegun) return already(data.executionId);
  return accepted({ type: 'ProvisioningNodeStarted', data });
}

/** Accepted of a run that is over too, even of a template that is gone: what exists is never forgotten. */
export function recordResourceCreated({ templates }: TenantState, { data }: RecordResourceCreated): Decision {
  const template = templates.templates.get(data.templateId);
  const known = template === undefined ? [] : [...template.resources, ...template.removed];
  const isKnown = known.some((one) => sameResource(one, data.resource));
  return isKnown ? already(data.executionId) : accepted({ type: 'ResourceCreated', data });
}

/** Of the run that is under way only: what its end has left was listed then, and a later run may have made it anew. */
export function recordResourceRemoved({ templates }: TenantState, { data }: RecordResourceRemoved): Decision {
  const template = templates.templates.get(data.templateId);
  const isUnderWay = template?.deprovisioning?.executionId === data.executionId;
  const isKnown = isUnderWay && template.resources.some((one) => sameResource(one, data.resource));
  return isKnown ? accepted({ type: 'ResourceRemoved', data }) : already(data.executionId);
}

/**
 * A deprovisioning that waited begins with the same event. A failure without a status is that of a run which the engine
 * has lost, or never began: whatever it had begun is unsure then, since nobody asked the cluster.
 */
export function recordProvisioningFinished(
  { templates, fence }: TenantState,
  { data }: RecordProvisioningFinished,
): Decision {
  const template = templates.templates.get(data.templateId);
  if (template?.provisioning !== data.executionId) return already(data.executionId);
  const { deprovisioning, resources } = template;
  // A teardown leaves alone what is on the cluster.
  const next = deprovisioning === null || fence !== null ? null : { ...deprovisioning, resources };
  const isLost = data.status === 'FAILED' && data.errorStatus === null;
  const lost = isLost ? { errorStatus: LOST_STATUS, unsure: [...data.unsure, ...unsureOf(template)] } : {};
  return accepted({ type: 'ProvisioningFinished', data: { ...data, ...lost, next } });
}

/** HTTP status. */
const LOST_STATUS = 500;

const unsureOf = ({ begun }: Template): RecordProvisioningFinished['data']['unsure'] =>
  begun.flatMap(({ nodeId, stepName, resourceId }) => {
    const type = stepType(stepName)?.resourceType;
    const ids = { workflow_step_name: stepName, workflow_step_id: nodeId, resource_id: resourceId };
    return type === undefined ? [] : [{ ...ids, resource_type: type, found: 'unknown' as const }];
  });

/**
 * What the run has removed is gone from the list, whatever became of the single removals (provisioning 12). All that is
 * left and does not need a permission has failed, also what was made while it ran. What was permitted after the run had
 * begun another run takes away, which is requested with its end.
 */
export function recordDeprovisioningFinished(
  { templates, fence }: TenantState,
  { meta, data }: RecordDeprovisioningFinished,
): Decision {
  const { removed, failed: _reported, ...rest } = data;
  const { templateId, executionId } = data;
  const template = templates.templates.get(templateId);
  const { deprovisioning } = template ?? {};
  const isUnderWay = deprovisioning?.executionId === executionId && template?.provisioning === null;
  if (!isUnderWay) return already(executionId);
  const { allowDelete, removalTimeoutMs } = deprovisioning;
  const remaining = template.resources.filter((one) => !removed.some((gone) => sameResource(one, gone)));
  const setAside = setAsideOf(data, remaining, allowDelete);
  const failed = remaining.filter((one) => !setAside.some((aside) => sameResource(one, aside)));
  const end = { type: 'DeprovisioningFinished', data: { ...rest, failed, setAside, remaining } } as const;
  const isPermittedNow = setAside.some(({ resource_id: id }) => allowDelete.includes(id));
  if (!isPermittedNow || fence !== null) return accepted(end);
  const again = manualExecutionId(meta.tenantId, meta.workspaceId, templateId, uuidV5(`${executionId}/again`));
  const run = { templateId, executionId: again, allowDelete, removalTimeoutMs, ends: null, resources: remaining };
  return accepted(end, { type: 'DeprovisioningRequested', data: run });
}

/** What was left because it needs a permission. A run that was lost says nothing of anything. */
function setAsideOf(
  { removed, failed, setAside }: RecordDeprovisioningFinished['data'],
  remaining: readonly TemplateResource[],
  allowDelete: readonly string[],
): readonly TemplateResource[] {
  const isLost = removed.length + failed.length + setAside.length === 0;
  if (isLost) return planDeprovision(remaining, allowDelete).setAside;
  return setAside.filter((one) => remaining.some((left) => sameResource(one, left)));
}
