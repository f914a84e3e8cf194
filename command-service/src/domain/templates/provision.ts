import {
  assertNever,
  type CreateTemplate,
  type DeprovisionTemplate,
  type Problem,
  type ProvisionTemplate,
} from '@flowplane/contracts';
import { accepted, already, refused, type Change, type Decision } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import {
  isBeingDeprovisioned,
  noState,
  notProvisionable,
  notReprovisionable,
  notResumable,
  noTemplate,
  tooManyRuns,
} from './refusals.js';
import { countRuns, type Template, type TemplatesState } from './state.js';

/**
 * 429 at the most runs → 404 → stale, where the plan was made from another revision → the verdict → 400 in a state that
 * does not allow it (provisioning 8.1, 13).
 */
export function provisionTemplate({ templates }: TenantState, { data }: ProvisionTemplate): Decision {
  const { templateId, executionId, action, template: document, secretIds, maxActive, verdict } = data;
  const { plan, taskPollMs } = data;
  const template = templates.templates.get(templateId);
  // Ids of runs are made once per request.
  if (template?.provisioning === executionId) return already(executionId);
  const throttled = throttledBy(templates, 'provisioning', maxActive);
  if (throttled !== undefined) return refused(throttled);
  if (template?.isKept !== true) return refused(noTemplate(templateId));
  if (template.revision !== data.templateRevision) {
    return { kind: 'stale', flowId: templateId, revision: template.revision };
  }
  const refusal = verdict ?? refusedInState(templateId, stateOf(template), action);
  if (refusal !== null) return refused(refusal);
  const templateRevision = action === 'reprovision' ? template.revision + 1 : template.revision;
  return accepted({
    type: 'ProvisioningRequested',
    data: { templateId, executionId, action, templateRevision, plan, taskPollMs, template: document, secretIds },
  });
}

const stateOf = (template: Template) => ({ ...template, isBeingDeprovisioned: template.deprovisioning !== null });

/**
 * What becomes of the provisioning of a template that the same command stores, refused in the same order. Its plan is of
 * what is stored, hence never stale.
 */
export function provisionStored(
  templates: TemplatesState,
  templateId: string,
  stored: Template,
  request: CreateTemplate['data']['provision'],
): {
  /** Members of the event that stores the template. */
  readonly provisioning: { readonly executionId: string | null; readonly notProvisioned: Problem | null };
  readonly requested?: Change;
} {
  if (request === null) return { provisioning: { executionId: null, notProvisioned: null } };
  const { executionId, plan, taskPollMs, secretIds, maxActive, verdict } = request;
  const notProvisioned =
    throttledBy(templates, 'provisioning', maxActive) ??
    verdict ??
    refusedInState(templateId, stateOf(stored), 'provision');
  if (notProvisioned !== null) return { provisioning: { executionId: null, notProvisioned } };
  const run = { templateId, executionId, action: 'provision', templateRevision: stored.revision } as const;
  return {
    provisioning: { executionId, notProvisioned },
    requested: { type: 'ProvisioningRequested', data: { ...run, plan, taskPollMs, template: null, secretIds } },
  };
}

/** Why the state of a template does not allow a run, or null. */
export function refusedInState(
  templateId: string,
  template: Pick<Template, 'progress' | 'resources'> & { readonly isBeingDeprovisioned: boolean },
  action: ProvisionTemplate['data']['action'],
): Problem | null {
  const { progress, resources } = template;
  const refusal = (): Problem | null => {
    switch (action) {
      case 'provision': {
        const isAllowed = progress === 'NOT_STARTED' || (progress === 'FAILED' && resources.length === 0);
        return isAllowed ? null : notProvisionable(templateId, progress);
      }
      case 'reprovision':
        return progress === 'DONE' || progress === 'FAILED' ? null : notReprovisionable(templateId);
      case 'resume':
        return progress === 'FAILED' ? null : notResumable(templateId);
      default:
        return assertNever(action);
    }
  };
  return refusal() ?? (template.isBeingDeprovisioned ? isBeingDeprovisioned(templateId) : null);
}

/**
 * 429 at the most runs → 404 → the verdict; any state allows it (provisioning 12). A running provision is ended first. A
 * second request joins the run that is under way; what it permits beside that the end of the run looks at.
 */
export function deprovisionTemplate({ templates }: TenantState, { data }: DeprovisionTemplate): Decision {
  const { templateId, executionId, allowDelete, removalTimeoutMs, maxActive, verdict } = data;
  const template = templates.templates.get(templateId);
  if (template !== undefined && template.deprovisioning !== null && verdict === null) {
    const { provisioning: ends, resources, deprovisioning: run } = template;
    // While a provision still ends, more may come to be there than there is.
    const names = new Set(resources.map(({ resource_id: id }) => id));
    const more = allowDelete.filter((id) => ends !== null || names.has(id));
    const before = new Set(run.allowDelete);
    const permits = within(MAX_PERMITS_LENGTH, new Set([...before, ...more]));
    if (permits.length <= before.size) return already(run.executionId);
    const permitted = { ...run, allowDelete: permits };
    return accepted({ type: 'DeprovisioningRequested', data: { templateId, ...permitted, ends, resources } });
  }
  const throttled = throttledBy(templates, 'deprovisioning', maxActive);
  if (throttled !== undefined) return refused(throttled);
  if (template === undefined) return refused(noState(templateId));
  if (verdict !== null) return refused(verdict);
  const { provisioning: ends } = template;
  return accepted({
    type: 'DeprovisioningRequested',
    data: { templateId, executionId, allowDelete, removalTimeoutMs, ends, resources: template.resources },
  });
}

/** Characters of all ids that requests for one removal permit: what one request can bring. */
const MAX_PERMITS_LENGTH = 16_384;

/** The first of the texts, as many as have no more characters in all. */
function within(length: number, texts: Iterable<string>): readonly string[] {
  const kept: string[] = [];
  let left = length;
  for (const text of texts) {
    left -= text.length;
    if (left < 0) break;
    kept.push(text);
  }
  return kept;
}

function throttledBy(templates: TemplatesState, kind: 'provisioning' | 'deprovisioning', maxActive: number | null) {
  if (maxActive === null || countRuns(templates, kind) < maxActive) return undefined;
  return tooManyRuns(kind, maxActive);
}
