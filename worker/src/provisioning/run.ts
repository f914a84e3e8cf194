import type { JsonObject, RunNode, RunPlan, SignedEnvelope, TemplateResource } from '@flowplane/contracts';

/** Workflow types of templates. Kept apart from the workflows' code, which only the bundle may load. */
export const PROVISION_WORKFLOW = 'ProvisionTemplateWorkflow';
export const DEPROVISION_WORKFLOW = 'DeprovisionTemplateWorkflow';

type TemplateRun = {
  /** Its `flowId` is the template's id. */
  readonly envelope: SignedEnvelope;
  readonly origin: TemplateRunOrigin;
};

/** What the run was caused by, for what it reports. */
export type TemplateRunOrigin = { readonly correlationId: string; readonly traceparent: string | null };

/** What a provisioning is started with. No credential is in it: pointers stand for them. */
export type ProvisionRun = TemplateRun & {
  readonly plan: RunPlan;
  /** Between two looks at a task of ML Commons, in ms. */
  readonly taskPollMs: number;
  /** Secrets that the plan refers to. */
  readonly secretIds: readonly string[];
};

export type DeprovisionRun = TemplateRun & {
  /** In the order in which they were made. */
  readonly resources: readonly TemplateResource[];
  readonly allowDelete: readonly string[];
  /** Time for one removal, in ms (`request_timeout`). */
  readonly timeoutMs: number;
};

/** One node of a plan, with what its predecessors have put out, by node id and in the order of the edges. */
export type StepRequest = TemplateRun &
  Pick<RunPlan, 'userParams' | 'parameters'> & {
    readonly node: RunNode;
    readonly outputs: Readonly<Record<string, JsonObject>>;
    readonly secretIds: readonly string[];
    readonly taskPollMs: number;
  };

/** `sinceMs`: when the node was begun, epoch ms. */
export type LookRequest = StepRequest & { readonly sinceMs: number };

export type RemovalRequest = TemplateRun & { readonly resource: TemplateResource; readonly timeoutMs: number };

/** First detail of the failure of a step. */
export type StepFailureDetail = {
  readonly class: 'WorkflowStepException' | 'FlowFrameworkException' | 'TimeoutException';
  /** HTTP status. */
  readonly status: number;
  /** It cannot be told whether the server did what was asked. */
  readonly isOutcomeUnknown: boolean;
};
