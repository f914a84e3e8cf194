import {
  isExecutionOf,
  isLongerThan,
  MAX_COMMENT_LENGTH,
  MAX_NAME_LENGTH,
  mayReadDefinitions,
  type Command,
  type LogPosition,
} from '@flowplane/contracts';
import { jsonObject, param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { awaitMinPosition } from '@flowplane/runtime/read-model';
import { caughtUp } from '../../submit/caught-up.js';
import { commandMeta } from '../../submit/command-meta.js';
import type { ShellContext } from '../shell-context.js';
import { checkSignal, signalBody } from './signal-check.js';
import { askedOnce } from './quota-checks.js';
import { submit } from '../../submit/submit.js';

/** POST /flows/{flowId}/executions/{executionId}/signals/{signalName} */
export async function signalExecution(context: ShellContext, call: Call): Promise<Answer> {
  const flowId = param(call, 'flowId');
  const executionId = param(call, 'executionId');
  const signalName = param(call, 'signalName');
  const isOwn = isExecutionOf(executionId, { ...call, flowId });
  const body = isOwn ? jsonObject(call) : {};
  if (isOwn) {
    boundText('signalName', signalName, MAX_NAME_LENGTH);
    boundText('actor', body['actor'], MAX_NAME_LENGTH);
    boundText('comment', body['comment'], MAX_COMMENT_LENGTH);
  }
  const { approved, onBehalfOf, comment } = signalBody(body, context.lenientSignals);
  const caller = { ...call.identity, readsDefinitions: mayReadDefinitions(call.identity) };
  const meta = commandMeta(call);
  const denied = askedOnce(() => context.quotas.signal(call));
  if (isOwn) await awaitMinPosition(context, call);
  const build = async (attempt: number, staleAt?: LogPosition): Promise<Command> => {
    await caughtUp(context, call, staleAt);
    const approvals = isOwn ? await context.runs.approvalsOf(call, { flowId, executionId }) : undefined;
    const { nodeId, verdict } =
      approvals === undefined
        ? { nodeId: null, verdict: null }
        : checkSignal(approvals, signalName, body['nodeId'], caller);
    const known = approvals !== undefined;
    const data = { flowId, executionId, signalName, nodeId, approved, onBehalfOf, comment, known };
    const byQuota = isOwn ? await denied() : null;
    return { type: 'SignalExecution', meta: { ...meta, attempt }, data: { ...data, verdict: byQuota ?? verdict } };
  };
  return submit(context, { call, command: () => build(1), next: build });
}

/** @throws Refusal 400 INVALID_SIGNAL when it is too long to be kept */
function boundText(name: string, text: unknown, most: number): void {
  if (typeof text !== 'string' || !isLongerThan(text, most)) return;
  throw refusal('INVALID_SIGNAL', { message: `${name} must have at most ${most} characters.` });
}
