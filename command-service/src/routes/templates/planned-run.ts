import {
  parameterSecretIds,
  planProvision,
  planReprovision,
  planResume,
  takeCredentials,
  takeSecretParameters,
  templateSecretIds,
  type Checked,
  type NewSecret,
  type Problem,
  type RunPlan,
  type Secrets,
  type Template,
  type TextMap,
} from '@flowplane/contracts';
import type { TemplateCall } from '@flowplane/runtime/api';
import { notReprovisionable } from '../../domain/templates/refusals.js';
import { accessVerdict, asProblem, dependsOnCluster, provisionable, withoutServerParts } from './checks.js';
import { clearTexts } from '../../secrets/kept-secrets.js';
import type { FoundTemplate, StoredTemplate, TemplateContext } from './template-context.js';

/** What is to be run. */
export type RunRequest = { readonly templateId: string } & (
  | { readonly action: 'provision' | 'resume'; readonly parameters: TextMap }
  /** The new template, as it was sent. */
  | { readonly action: 'reprovision'; readonly template: Template }
);

/** What a command about a run carries, and the secrets that must be kept before it is sent. */
export type PlannedRun = {
  /** JSON text; `{}` with a refusal. */
  readonly plan: string;
  /** Revision that it was made from; -1: there was none. */
  readonly templateRevision: number;
  /** JSON text of the new template of a reprovisioning. */
  readonly template: string | null;
  readonly secretIds: readonly string[];
  readonly verdict: Problem | null;
  readonly secrets: readonly NewSecret[];
};

const NO_PLAN = { plan: '{}', template: null, secretIds: [], secrets: [] } as const;

/** A run of what is stored, in the order of checks of provisioning 8.1 and 13 as far as the decider does not make them. */
export async function plannedRun(
  context: TemplateContext,
  call: TemplateCall,
  found: FoundTemplate,
  run: RunRequest,
  newId: () => string,
): Promise<PlannedRun> {
  const denied = accessVerdict(call, found, { action: run.action, workflowId: run.templateId });
  // What is not stored, or not any more, is the decider's to say.
  if (found.kind !== 'own' || found.template === undefined) {
    return { ...NO_PLAN, templateRevision: found.kind === 'own' ? found.revision : -1, verdict: denied };
  }
  const { revision: templateRevision } = found;
  const refused = (verdict: Problem): PlannedRun => ({ ...NO_PLAN, templateRevision, verdict });
  if (denied !== null) return refused(denied);
  if (run.action === 'reprovision' && (found.progress === 'NOT_STARTED' || found.progress === 'IN_PROGRESS')) {
    return refused(notReprovisionable(run.templateId));
  }
  const made = await madePlan(context, call, { ...found, template: found.template }, run, newId);
  return { ...carried(made), templateRevision };
}

/** A plan as a command carries it, or why there is none. */
function carried(made: Checked<MadePlan>): Omit<PlannedRun, 'templateRevision'> {
  if (!made.ok) return { ...NO_PLAN, verdict: asProblem(made.error) };
  const { plan, template, secrets, secretIds } = made.value;
  return {
    ...{ plan: JSON.stringify(plan), secretIds, secrets, verdict: null },
    template: template === undefined ? null : JSON.stringify(template),
  };
}

/** The provisioning that is sent with the template itself, and the secrets among its parameters. */
export async function runOfStored(
  context: PlanPorts,
  call: TemplateCall,
  { templateId, template, secrets }: TakenTemplate,
  parameters: TextMap,
  newId: () => string,
): Promise<Pick<PlannedRun, 'plan' | 'secretIds' | 'verdict' | 'secrets'>> {
  const clear = new Map(secrets.map(({ id, text }) => [id, text]));
  const from = { template, resources: [], completed: [], clear };
  const made = await madePlan(context, call, from, { templateId, action: 'provision', parameters }, newId);
  const { template: _none, ...run } = carried(made);
  return run;
}

/** A template that is not stored yet, its credentials taken out. */
export type TakenTemplate = {
  readonly templateId: string;
  readonly template: Template;
  readonly secrets: readonly NewSecret[];
};

type PlanPorts = Pick<TemplateContext, 'cluster' | 'secretStore'>;

/** What a plan is made from. */
type PlanSource = Pick<StoredTemplate, 'resources' | 'completed'> & {
  readonly template: Template;
  /** Clear texts of its credentials, where they are not to be read. */
  readonly clear?: Secrets;
};

/** Provisioning 4 and 5 before a run. Where nothing depends on the cluster nobody asks about it. */
async function runFault({ cluster }: PlanPorts, call: TemplateCall, template: Template, workflowId: string) {
  const plugins = dependsOnCluster(template) ? await cluster.installedPlugins(call.signal) : 'unknown';
  return provisionable(template, call.settings, plugins, workflowId);
}

type MadePlan = {
  readonly plan: RunPlan;
  /** The template that replaces the stored one. */
  readonly template?: Template;
  readonly secretIds: readonly string[];
  readonly secrets: readonly NewSecret[];
};

/** The plan of a run, after the checks of provisioning 4 and 5. */
export async function madePlan(
  context: PlanPorts,
  call: TemplateCall,
  found: PlanSource,
  run: RunRequest,
  newId: () => string,
): Promise<Checked<MadePlan>> {
  const { tenantId, settings } = call;
  const template = run.action === 'reprovision' ? run.template : found.template;
  const fault = await runFault(context, call, template, run.templateId);
  if (fault !== undefined) return { ok: false, error: fault };
  const options = { workflowId: run.templateId, maxSteps: settings.maxWorkflowSteps };
  const storedIds = templateSecretIds(found.template);
  const clear = found.clear ?? (await clearTexts(context.secretStore, tenantId, storedIds));
  if (run.action === 'reprovision') {
    const taken = takeCredentials(withoutServerParts(run.template), newId);
    const next = taken.template;
    const secrets = new Map([...clear, ...taken.secrets.map(({ id, text }) => [id, text] as const)]);
    const { template: stored, resources, completed: done } = found;
    const plan = planReprovision({ stored, next, resources, done, secrets }, options);
    if (!plan.ok) return plan;
    return {
      ok: true,
      value: { plan: plan.value, template: next, secrets: taken.secrets, secretIds: templateSecretIds(next) },
    };
  }
  const { parameters, secrets } = takeSecretParameters(found.template, clear, run.parameters, newId);
  const plan =
    run.action === 'provision'
      ? planProvision(found.template, parameters, options)
      : planResume(found.template, found.resources, found.completed, parameters, options);
  if (!plan.ok) return plan;
  return {
    ok: true,
    value: { plan: plan.value, secrets, secretIds: [...storedIds, ...parameterSecretIds(parameters)] },
  };
}
