import {
  evaluateArms,
  evaluateDuration,
  evaluateInput,
  type Evaluation,
  type JsonObject,
  type RunContext,
  type RunLimits,
} from '@flowplane/contracts';
import { setOwn } from '@flowplane/contracts/flow/json';
import type { EvaluationRequest, EvaluationResult } from '../workflow/local-activities.js';

export type EvaluationOutcome = Evaluation<{ readonly result: EvaluationResult }>;

/** Evaluates one request with the language's facade. Pure; may take long or much memory, so it runs in a thread. */
export function evaluateRequest(request: EvaluationRequest, limits: RunLimits): EvaluationOutcome {
  const context = contextOf(request);
  const { subject } = request;
  switch (subject.kind) {
    case 'arms': {
      const node = { arms: subject.whens.map((when) => ({ when, next: '' })) };
      const evaluated = evaluateArms(node, context, limits);
      return evaluated.ok ? { ok: true, result: { kind: 'arms', armIndex: evaluated.arm ?? -1 } } : evaluated;
    }
    case 'input': {
      const evaluated = evaluateInput({ input: subject.template }, context, limits);
      return evaluated.ok ? { ok: true, result: { kind: 'input', params: evaluated.input } } : evaluated;
    }
    case 'duration': {
      const evaluated = evaluateDuration({ duration: subject.template }, context, limits);
      return evaluated.ok ? { ok: true, result: { kind: 'duration', durationMs: evaluated.durationMs } } : evaluated;
    }
  }
}

function contextOf({ inputs, nodes, execution }: EvaluationRequest): RunContext {
  const state: JsonObject = {};
  for (const [key, value] of Object.entries(inputs)) setOwn(state, key, value);
  for (const [key, value] of Object.entries(nodes)) setOwn(state, key, value);
  return { state, inputs, nodes, execution };
}
