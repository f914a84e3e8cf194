import { randomUUID } from 'node:crypto';
import { isExecutionOf, manualExecutionId, type Command, type LogPosition } from '@flowplane/contracts';
import { jsonObject, param, type Answer, type Call } from '@flowplane/runtime/api';
import { awaitMinPosition } from '@flowplane/runtime/read-model';
import { caughtUp } from '../../submit/caught-up.js';
import { commandMeta } from '../../submit/command-meta.js';
import type { ShellContext } from '../shell-context.js';
import { askedOnce } from './quota-checks.js';
import { retryPoint, retryVerdict } from './retry-point.js';
import { submit } from '../../submit/submit.js';

/** POST /flows/{flowId}/executions/{executionId}/retries */
export async function retryExecution(context: ShellContext, call: Call): Promise<Answer> {
  const flowId = param(call, 'flowId');
  const retriedFrom = param(call, 'executionId');
  const isOwn = isExecutionOf(retriedFrom, { ...call, flowId });
  const retryFrom = isOwn ? retryPoint(jsonObject(call)['from']) : null;
  const executionId = manualExecutionId(call.tenantId, call.workspaceId, flowId, randomUUID());
  const meta = commandMeta(call);
  const ids = { flowId, executionId, retriedFrom, retryFrom };
  const denied = askedOnce(() => context.quotas.start(call));
  if (isOwn) await awaitMinPosition(context, call);
  const build = async (attempt: number, staleAt?: LogPosition): Promise<Command> => {
    await caughtUp(context, call, staleAt);
    const run = isOwn ? await context.runs.sourceOf(call, { flowId, executionId: retriedFrom }) : undefined;
    if (run === undefined) {
      return { type: 'RetryExecution', meta: { ...meta, attempt }, data: { ...ids, source: null, verdict: null } };
    }
    const { version, flowBirth, closed, input, labels } = run;
    const source = { version, flowBirth, closed, input, labels };
    const verdict = (await retryVerdict(run, retryFrom)) ?? (await denied());
    return { type: 'RetryExecution', meta: { ...meta, attempt }, data: { ...ids, source, verdict } };
  };
  return submit(context, { call, command: () => build(1), next: build, executionId });
}
