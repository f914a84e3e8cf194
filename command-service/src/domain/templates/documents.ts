import type { CreateTemplate, DeleteTemplate, UpdateTemplate } from '@flowplane/contracts';
import { accepted, already, refused, type Decision } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import { provisionStored } from './provision.js';
import { noTemplate, notUpdatable, tooManyTemplates } from './refusals.js';
import { countTemplates, newTemplate } from './state.js';

/** The verdict → 400 at the most templates (provisioning 2). With a provisioning it stays whatever becomes of that. */
export function createTemplate({ templates }: TenantState, { data: given }: CreateTemplate): Decision {
  const { verdict, maxTemplates, provision, ...content } = given;
  // Ids are made once per request; only a command that was appended twice meets its own template.
  if (templates.templates.has(content.templateId)) return already(null);
  if (verdict !== null) return refused(verdict);
  if (countTemplates(templates) >= maxTemplates) return refused(tooManyTemplates(maxTemplates));
  const created = newTemplate(1);
  const { provisioning, requested } = provisionStored(templates, content.templateId, created, provision);
  const data = { ...content, templateRevision: created.revision, ...provisioning };
  return accepted({ type: 'TemplateCreated', data }, requested);
}

/** 404 → the verdict → 400 where the whole document changes and something may exist (provisioning 2). */
export function updateTemplate({ templates }: TenantState, { data: given }: UpdateTemplate): Decision {
  const { verdict, provision, ...change } = given;
  const { templateId, scope } = change;
  const template = templates.templates.get(templateId);
  if (template?.isKept !== true) return refused(noTemplate(templateId));
  if (verdict !== null) return refused(verdict);
  if (scope === 'whole' && template.progress !== 'NOT_STARTED') return refused(notUpdatable(templateId));
  const updated = { ...template, revision: template.revision + 1 };
  const { provisioning, requested } = provisionStored(templates, templateId, updated, provision);
  const data = { ...change, templateRevision: updated.revision, ...provisioning };
  return accepted({ type: 'TemplateUpdated', data }, requested);
}

/** Takes the document away, and the state where nothing depends on it (provisioning 14.1). Resources are not touched. */
export function deleteTemplate({ templates }: TenantState, { data }: DeleteTemplate): Decision {
  const { templateId, clearStatus, mustExist, verdict } = data;
  const template = templates.templates.get(templateId);
  if (verdict !== null) return refused(verdict);
  const existed = template?.isKept === true;
  if (mustExist && !(clearStatus ? template !== undefined : existed)) return refused(noTemplate(templateId));
  if (template === undefined) return already(null);
  const stateCleared =
    template.progress !== 'IN_PROGRESS' &&
    template.deprovisioning === null &&
    (clearStatus || (template.resources.length === 0 && !template.hasUnsure));
  if (!existed && !stateCleared) return already(null);
  const { revision: templateRevision } = template;
  return accepted({ type: 'TemplateDeleted', data: { templateId, templateRevision, existed, stateCleared } });
}
