import {
  isExecutionOf,
  isTooLongName,
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
  if (isOwn) boundNames({ signalName, actor: body['actor'] });
  const { approved, onBehalfOf } = signalBody(body, context.lenientSignals);
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
    const data = { flowId, executionId, signalName, nodeId, approved, onBehalfOf, known };
    const byQuota = isOwn ? await denied() : null;
    return { type: 'SignalExecution', meta: { ...meta, attempt }, data: { ...data, verdict: byQuota ?? verdict } };
  };
  return submit(context, { call, command: () => build(1), next: build });
}

/** @throws Refusal 400 INVALID_SIGNAL when one is too long to be kept */
function boundNames(names: Readonly<Record<string, unknown>>): void {
  for (const [name, text] of Object.entries(names)) {
    if (typeof text !== 'string' || !isTooLongName(text)) continue;
    throw refusal('INVALID_SIGNAL', { message: `${name} must have at most ${MAX_NAME_LENGTH} characters.` });
  }
}
