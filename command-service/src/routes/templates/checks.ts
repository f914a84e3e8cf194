import {
  needsOpenSearch,
  stepType,
  templateProblem,
  useCaseTemplate,
  validateTemplate,
  readTemplate,
  readTemplateBody,
  type Checked,
  type Problem,
  type ProvisioningSettings,
  type Template,
  type TemplateError,
  type TemplateParts,
} from '@flowplane/contracts';
import { checkedAccess, TemplateRefusal, type TemplateCall } from '@flowplane/runtime/api';
import type { InstalledPlugins } from '@flowplane/runtime/provisioning';
import type { FoundTemplate } from './template-context.js';

/** Checks of requests about templates, each of which has its place in the order of provisioning 2, 8.1 and 13. */

export const asProblem = ({ status, message }: TemplateError): Problem => templateProblem(status, message);

/** The template of a body, or of a use case that it overrides (the ninth check of provisioning 2). */
export function templateIn(body: Checked<unknown> | undefined, useCase: string | undefined): Checked<Template> {
  if (useCase !== undefined) {
    // What cannot be read is no map of overrides.
    return useCaseTemplate(useCase, body === undefined ? undefined : body.ok ? body.value : null);
  }
  const read = body ?? readTemplateBody('', 'json', 0);
  return read.ok ? readTemplate(read.value) : read;
}

/** A template without what the server knows of it (owner, tenant, times), as commands carry it. */
export function withoutServerParts(template: Template): Template {
  const { user: _u, tenantId: _t, createdTime: _c, lastUpdatedTime: _l, lastProvisionedTime: _p, ...rest } = template;
  return rest;
}

/** Fields that an update supplies: blank texts and empty lists are none (the thirteenth check of provisioning 2). */
export function suppliedFields({ description, useCase, version, ...rest }: TemplateParts) {
  const compatibility = version?.compatibility ?? [];
  const parts = {
    ...(version?.template === undefined ? {} : { template: version.template }),
    ...(compatibility.length === 0 ? {} : { compatibility }),
  };
  return {
    ...rest,
    ...(description === undefined || description === '' ? {} : { description }),
    ...(useCase === undefined || useCase === '' ? {} : { useCase }),
    ...(Object.keys(parts).length === 0 ? {} : { version: parts }),
  };
}

/** Whether something of a template depends on the plugins of the cluster. */
export const needsPlugins = (template: Template): boolean =>
  Object.values(template.workflows).some(({ nodes }) =>
    nodes.some(({ type }) => (stepType(type)?.plugins.length ?? 0) > 0),
  );

/** Whether what a run of a template needs depends on the cluster. */
export const dependsOnCluster = (template: Template): boolean => needsOpenSearch(template) || needsPlugins(template);

/** Provisioning 4 and 5. @param workflowId undefined while the template is created */
export function validated(
  template: Template,
  settings: Pick<ProvisioningSettings, 'maxWorkflowSteps'>,
  plugins: InstalledPlugins,
  workflowId?: string,
): TemplateError | undefined {
  try {
    const result = validateTemplate(template, {
      maxSteps: settings.maxWorkflowSteps,
      ...(workflowId === undefined ? {} : { workflowId }),
      ...(plugins !== 'unknown' && plugins.configured ? { plugins: [...plugins.plugins] } : {}),
    });
    return result.ok ? undefined : result.error;
  } catch {
    return { status: 400, message: `Workflow validation failed for template ${template.name}` };
  }
}

/** Provisioning 4 and 5 before a run, which needs a cluster as well. */
export function provisionable(
  template: Template,
  settings: Pick<ProvisioningSettings, 'maxWorkflowSteps'>,
  plugins: InstalledPlugins,
  workflowId: string,
): TemplateError | undefined {
  const fault = validated(template, settings, plugins, workflowId);
  if (fault !== undefined) return fault;
  const hasNone = plugins !== 'unknown' && !plugins.configured;
  return hasNone && needsOpenSearch(template)
    ? { status: 400, message: 'No OpenSearch is configured: set FLOWS_OPENSEARCH_URL.' }
    : undefined;
}

/**
 * Whether the caller may do this with what is stored (provisioning 15.2, 16). What is another tenant's is refused at once:
 * the log of this tenant has nothing of it.
 *
 * @returns the refusal, which the decider gives its place among the others; null also where nothing is stored, which is
 *   the decider's to say
 * @throws TemplateRefusal about another tenant's
 */
export function accessVerdict(
  call: Pick<TemplateCall, 'user' | 'settings' | 'foreignStatus'>,
  found: FoundTemplate,
  request: Parameters<typeof checkedAccess>[2],
): Problem | null {
  if (found.kind === 'none') return null;
  const result = mayAccess(call, found, request);
  if (result.ok) return null;
  if (found.kind === 'foreign') throw new TemplateRefusal(result.error);
  return asProblem(result.error);
}

/** As `accessVerdict`, where there is no command and what is not stored is refused here. */
export const mayAccess = (
  call: Pick<TemplateCall, 'user' | 'settings' | 'foreignStatus'>,
  found: FoundTemplate,
  request: Parameters<typeof checkedAccess>[2],
): Checked<boolean> =>
  checkedAccess(call, found.kind === 'own' ? { ...found, hasTemplate: found.template !== undefined } : found, request);
