import type { JsonObject } from '@flowplane/contracts';
import { contextFor } from './context-for.js';
import { evaluateExpression, type EvaluationResult, type EvaluationSubject } from './local-activities.js';
import type { RunSession } from './run-session.js';

/** The evaluated `input` of a node; ask `isTemplated` before, since every call costs one. */
export async function evaluatedInput(session: RunSession, nodeId: string, input: JsonObject): Promise<JsonObject> {
  const result = await evaluated(session, nodeId, { kind: 'input', template: input });
  return result.kind === 'input' ? result.params : input;
}

/** One evaluation, off the workflow's thread; recorded as a marker. */
export function evaluated(session: RunSession, nodeId: string, subject: EvaluationSubject): Promise<EvaluationResult> {
  const { values, execution } = session;
  // The context is that of the evaluation's turn: a branch beside may have written meanwhile.
  return recorded(session, nodeId, () =>
    evaluateExpression({ nodeId, subject, ...contextFor(subject, values), execution }),
  );
}

/** A local activity in its turn, in a workflow task that has room for its result. The caller counts what is large. */
export function recorded<T>(session: RunSession, nodeId: string, call: () => Promise<T>): Promise<T> {
  const { room, inTurn } = session;
  room.waiting.add(nodeId);
  return inTurn(() => {
    if (room.isFull()) return room.enter(nodeId, 0).then(call);
    room.waiting.delete(nodeId);
    return call();
  });
}
