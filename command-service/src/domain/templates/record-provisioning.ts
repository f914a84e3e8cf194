import {
  sameResource,
  type RecordDeprovisioningFinished,
  type RecordProvisioningFinished,
  type RecordProvisioningNodeStarted,
  type RecordResourceCreated,
  type RecordResourceRemoved,
} from '@flowplane/contracts';
import { accepted, already, type Decision } from '../decision.js';
import type { TenantState } from '../tenant-state.js';

/** What the worker and the executor report of runs of templates. Repeated, or late, it changes nothing. */

export function recordNodeStarted({ templates }: TenantState, { data }: RecordProvisioningNodeStarted): Decision {
  const template = templates.templates.get(data.templateId);
  if (template?.provisioning !== data.executionId) return already(data.executionId);
  return accepted({ type: 'ProvisioningNodeStarted', data });
}

/** Accepted of a run that is over too, even of a template that is gone: what exists is never forgotten. */
export function recordResourceCreated({ templates }: TenantState, { data }: RecordResourceCreated): Decision {
  const template = templates.templates.get(data.templateId);
  const known = template === undefined ? [] : [...template.resources, ...template.removed];
  const isKnown = known.some((one) => sameResource(one, data.resource));
  return isKnown ? already(data.executionId) : accepted({ type: 'ResourceCreated', data });
}

export function recordResourceRemoved({ templates }: TenantState, { data }: RecordResourceRemoved): Decision {
  const template = templates.templates.get(data.templateId);
  const isKnown = template?.resources.some((one) => sameResource(one, data.resource)) === true;
  return isKnown ? accepted({ type: 'ResourceRemoved', data }) : already(data.executionId);
}

/** A deprovisioning that waited begins with the same event. */
export function recordProvisioningFinished({ templates }: TenantState, { data }: RecordProvisioningFinished): Decision {
  const template = templates.templates.get(data.templateId);
  if (template?.provisioning !== data.executionId) return already(data.executionId);
  const { deprovisioning, resources } = template;
  const next = deprovisioning === null ? null : { ...deprovisioning, resources };
  return accepted({ type: 'ProvisioningFinished', data: { ...data, next } });
}

/** What the run has removed is gone from the list, whatever became of the single removals (provisioning 12). */
export function recordDeprovisioningFinished(
  { templates }: TenantState,
  { data }: RecordDeprovisioningFinished,
): Decision {
  const { removed, ...rest } = data;
  const template = templates.templates.get(data.templateId);
  const isUnderWay = template?.deprovisioning?.executionId === data.executionId && template.provisioning === null;
  if (!isUnderWay) return already(data.executionId);
  const remaining = template.resources.filter((one) => !removed.some((gone) => sameResource(one, gone)));
  return accepted({ type: 'DeprovisioningFinished', data: { ...rest, remaining } });
}
