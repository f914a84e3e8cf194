import { templateProblem, type Problem } from '@flowplane/contracts';

/** Refusals of provisioning that depend on the log, with the texts of the original (provisioning 2, 8, 12, 13, 15). */

export const noTemplate = (templateId: string): Problem =>
  templateProblem(404, `Failed to retrieve template (${templateId}) from global context.`);

export const noState = (templateId: string): Problem =>
  templateProblem(404, `Failed to get workflow state for workflow ${templateId}`);

export const tooManyTemplates = (limit: number): Problem =>
  templateProblem(400, `Maximum workflows limit reached: ${limit}`);

export const tooManyRuns = (kind: 'provisioning' | 'deprovisioning', limit: number): Problem =>
  templateProblem(429, `Exceeded max simultaneous ${kind} requests: ${limit}`);

export const notUpdatable = (templateId: string): Problem =>
  templateProblem(
    400,
    `The template can not be updated unless its provisioning state is NOT_STARTED: ${templateId}. Deprovision the workflow to reset the state.`,
  );

export const notProvisionable = (templateId: string, progress: string): Problem =>
  templateProblem(
    400,
    `The workflow provisioning state is ${progress} and can not be provisioned unless its state is NOT_STARTED: ${templateId}. Deprovision the workflow to reset the state.`,
  );

export const notReprovisionable = (templateId: string): Problem =>
  templateProblem(
    400,
    `The template can not be reprovisioned unless its provisioning state is DONE or FAILED: ${templateId}`,
  );

export const notResumable = (templateId: string): Problem =>
  templateProblem(400, `The workflow can not be resumed unless its provisioning state is FAILED: ${templateId}`);

export const isBeingDeprovisioned = (templateId: string): Problem =>
  templateProblem(400, `The workflow is being deprovisioned: ${templateId}. Try again when that has ended.`);
