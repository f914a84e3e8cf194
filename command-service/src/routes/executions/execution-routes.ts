import { randomUUID } from 'node:crypto';
import { manualExecutionId, problem, unknownMembers, type Problem } from '@flowplane/contracts';
import { compactBytes, ignoredMembers, readLabels, type JsonObject, type Warning } from '@flowplane/contracts/flow';
import { jsonObject, param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { commandMeta } from '../../submit/command-meta.js';
import { withWarnings } from '../flows/warned-answer.js';
import type { ShellContext } from '../shell-context.js';
import { checkStrictInput } from './input-check.js';
import type { Started } from './start-warnings.js';
import { submit } from '../../submit/submit.js';

const MAX_INPUT_BYTES = 2_097_152;

/** POST /flows/{flowId}/executions */
export async function startExecution(context: ShellContext, call: Call): Promise<Answer> {
  const flowId = param(call, 'flowId');
  const body = jsonObject(call);
  const given = startInput(body['input']);
  const labels = readLabels(body['labels']);
  if (!labels.ok) throw refusal('INVALID_LABELS', { message: labels.reason });
  if (compactBytes(given, MAX_INPUT_BYTES) === undefined) throw refusal('PAYLOAD_TOO_LARGE');
  const input = JSON.stringify(given);
  const version = startVersion(body['version']);
  const verdict = await strictVerdict(context, call, version, input);
  const executionId = manualExecutionId(call.tenantId, call.workspaceId, flowId, randomUUID());
  const meta = commandMeta(call);
  const { strictInputs } = context.rules;
  const run = { flowId, executionId, version, input, labels: labels.json };
  const data = { ...run, triggerType: 'manual' as const, strictInputs };
  const answer = await submit(context, {
    call,
    command: async () => ({
      type: 'StartExecution',
      meta,
      data: { ...data, verdict: verdict ?? (await context.quotas.start(call)) },
    }),
    executionId,
  });
  const ignored = ignoredMembers(unknownMembers('startExecution', body), ['input', 'labels', 'version']);
  return withWarnings(answer, [
    ...ignored,
    ...(await warningsOfStart(context, call, { flowId, input: given }, answer)),
  ]);
}

/** Of a run that was started: what does not fit its version, and what its tasks cannot reach. */
async function warningsOfStart(
  { startWarnings }: ShellContext,
  call: Call,
  started: Omit<Started, 'version'>,
  { status, body }: Answer,
): Promise<readonly Warning[]> {
  const version = (body as { readonly version?: unknown } | undefined)?.version;
  return status === 201 && typeof version === 'number' ? startWarnings(call, { ...started, version }) : [];
}

/** POST /flows/{flowId}/executions/{executionId}/cancellations; the body is ignored. */
export async function cancelExecution(context: ShellContext, call: Call): Promise<Answer> {
  const flowId = param(call, 'flowId');
  const executionId = param(call, 'executionId');
  const meta = commandMeta(call);
  return submit(context, {
    call,
    command: () => Promise.resolve({ type: 'CancelExecution', meta, data: { flowId, executionId } }),
  });
}

function startInput(input: unknown): JsonObject {
  if (input === undefined || input === null) return {};
  if (typeof input !== 'object' || Array.isArray(input)) throw refusal('INVALID_INPUT');
  return input as JsonObject;
}

/** Null: the latest. Whatever is no positive integer becomes 0, a version that never exists. */
function startVersion(version: unknown): number | null {
  if (version === undefined || version === null) return null;
  if (typeof version !== 'number' && typeof version !== 'string') return 0;
  return /^[1-9]\d{0,8}$/.test(String(version)) ? Number(version) : 0;
}

/**
 * FLOWS_STRICT_INPUTS, of a start that names its version: the decider, which knows what the latest one declares, answers
 * 404 before this verdict, so it travels with the command.
 */
async function strictVerdict(
  context: ShellContext,
  call: Call,
  version: number | null,
  input: string,
): Promise<Problem | null> {
  if (!context.rules.strictInputs || version === null) return null;
  const definition = await context.reads.versionOf(call, param(call, 'flowId'), version);
  if (definition === undefined) return null;
  const errors = checkStrictInput(definition, input);
  return errors.length === 0 ? null : problem('INPUT_VALIDATION_FAILED', { errors });
}

/** What execution commands answer where no engine is configured. */
export function executionsDisabled(): Promise<Answer> {
  return Promise.reject(refusal('FLOWS_DISABLED'));
}
