import type {
  ExecutionFacts,
  FlowDefinition,
  JsonObject,
  SignedEnvelope,
  SubFlowReference,
  SubFlowTotals,
} from '@flowplane/contracts';
import { proxyLocalActivities } from '@temporalio/workflow';
import type { Admission, FireRequest, LogPlace } from '../../shared/run-input.js';

/** What one call evaluates: all templates of a node's input, a branch's arms up to the deciding one, a duration. */
export type EvaluationSubject =
  | { readonly kind: 'input'; readonly template: JsonObject }
  | { readonly kind: 'arms'; readonly whens: readonly string[] }
  | { readonly kind: 'duration'; readonly template: string };

/** `inputs` and `nodes` are the namespaces of flow-language 5.3; the state map is the one laid over the other. */
export type EvaluationRequest = {
  readonly nodeId: string;
  readonly subject: EvaluationSubject;
  readonly inputs: JsonObject;
  readonly nodes: JsonObject;
  readonly execution: ExecutionFacts;
};

/** `armIndex` is -1 when no arm is true. `durationMs` is whole, from 0 to the maximum of flow-language 12.1. */
export type EvaluationResult =
  | { readonly kind: 'input'; readonly params: JsonObject }
  | { readonly kind: 'arms'; readonly armIndex: number }
  | { readonly kind: 'duration'; readonly durationMs: number };

/** What the sub-flow nodes of a run name. */
export type SubFlowTotalsRequest = {
  readonly parent: SignedEnvelope;
  readonly references: readonly SubFlowReference[];
  readonly requestedAt: LogPlace | null;
};

/** A published version, as a run of `parent`'s workspace names it in a sub-flow node. */
export type SubFlowRequest = {
  readonly parent: SignedEnvelope;
  readonly nodeId: string;
  readonly flowId: string;
  readonly flowVersion: string;
  readonly requestedAt: LogPlace | null;
};

export type LocalActivities = {
  /** Fails with `InvalidExpression` or `InvalidDuration`, both final; anything else is tried again. */
  evaluateExpression(request: EvaluationRequest): Promise<EvaluationResult>;
  /**
   * The definition as published, and nothing else: equal definitions then have equal payloads, and a large one is
   * stored once. Fails with the codes of flow-language 10.2, all final.
   */
  loadSubFlow(request: SubFlowRequest): Promise<FlowDefinition>;
  /**
   * What runs of these versions can start, in the order of the references; null where there is no such version. Fails with
   * `SubFlowLimitExceeded`, final, when there are too many versions to look through.
   */
  loadSubFlowTotals(request: SubFlowTotalsRequest): Promise<readonly (SubFlowTotals | null)[]>;
  /** Envelopes of the child, one for each id it may get, in the order in which they are tried. */
  signSubFlow(request: SubFlowRequest): Promise<readonly SignedEnvelope[]>;
  /** Has a fire decided in the log; waits for it, however long that takes. */
  admit(request: FireRequest): Promise<Admission>;
  /** The version a fire was admitted for, as published. Fails with `FlowDefinitionNotFound`, final. */
  loadAdmitted(envelope: SignedEnvelope, requestedAt: LogPlace | null): Promise<FlowDefinition>;
};

export const { evaluateExpression, loadSubFlow, loadSubFlowTotals, signSubFlow } =
  proxyLocalActivities<LocalActivities>({
    // Many times the limit of one evaluation: what counts here is waiting for a thread on a busy worker.
    startToCloseTimeout: '30s',
    retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
    localRetryThreshold: '1m',
  });

export const { admit, loadAdmitted } = proxyLocalActivities<LocalActivities>({
  // One attempt waits out an outage of the log or the read model; a worker that goes away ends it.
  startToCloseTimeout: '10m',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
  localRetryThreshold: '1m',
});
