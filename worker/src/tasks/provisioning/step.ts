import type { JsonObject } from '@flowplane/contracts';
import type { OpenSearchClient } from './opensearch/client.js';

/** Something that a step has created on the server. */
export type StepResource = {
  /** Type of the step that its record names; `deploy: true` records `deploy_model` beside the step itself. */
  readonly step: string;
  readonly type: string;
  readonly id: string;
};

/** A node with an edge to the node of a step. */
export type Predecessor = {
  readonly nodeId: string;
  /** The output that `previous_node_inputs` names for it; undefined where only an edge leads here. */
  readonly key?: string;
  readonly outputs: JsonObject;
};

export type StepCall = {
  readonly nodeId: string;
  /** Resolved and substituted (provisioning 6), credentials in clear. */
  readonly inputs: JsonObject;
  /** In the order of `previous_node_inputs`. */
  readonly predecessors: readonly Predecessor[];
  /** Set where multi-tenancy is on: what is created belongs to it. */
  readonly tenantId?: string;
  /** Aborts when the node's time is up or its worker shuts down; of a noop, also when its run is cancelled. */
  readonly signal: AbortSignal;
  readonly client: OpenSearchClient;
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Between two looks at a task of ML Commons (`task_request_retry_duration`). */
  readonly taskPollMs: number;
  /** An attempt before, or an earlier run, may have done it already. */
  readonly again?: boolean;
};

export type StepResult = {
  /** Keyed by resource type. */
  readonly outputs: JsonObject;
  /** In the order in which they are to be recorded; empty for steps that record none. */
  readonly resources: readonly StepResource[];
};

/**
 * One step type.
 *
 * @throws StepFailure, or the signal's reason
 */
export type ProvisioningStep = {
  readonly type: string;
  /** JSON Schema of the inputs, which `runStep` checks. */
  readonly schema: JsonObject;
  readonly run: (call: StepCall) => Promise<StepResult>;
};

/** What an answer with several steps of the same shape has in common: nothing created, nothing to pass on. */
export const NOTHING: StepResult = { outputs: {}, resources: [] };
