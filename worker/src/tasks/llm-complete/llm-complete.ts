import type { Json, JsonObject } from '@flowplane/contracts';
import type { ResolveConnection } from '../connections/resolve-connection.js';
import {
  membersOf,
  namesConnection,
  postToBackend,
  type BackendRules,
  type BackendServer,
} from '../outbound/backend-call.js';
import { inTime, type HttpAnswer } from '../outbound/http-exchange.js';
import { retryAfterMs } from '../outbound/retry-after.js';
import { finalError, retryableError, type TaskError } from '../task-error.js';
import type { TaskAttempt, TaskHandler } from '../task-handler.js';
import { completionIn } from './completion.js';

/** The operator's list of models for the workspace of the attempt's run; undefined: no restriction. */
export type AllowedModels = (attempt: TaskAttempt) => Promise<readonly string[] | undefined>;

export type LlmCompleteOptions = BackendRules & {
  /** FLOWS_LLM_URL; undefined where it is not set. */
  readonly url: string | undefined;
  /** FLOWS_LLM_API_KEY; undefined: requests carry none. */
  readonly apiKey: string | undefined;
  /** FLOWS_LLM_MODELS; undefined: no restriction. */
  readonly models: readonly string[] | undefined;
  readonly allowedModels: AllowedModels;
  /** FLOWS_LLM_TIMEOUT. */
  readonly timeoutMs: number;
  readonly connections: ResolveConnection;
};

const PATH = '/chat/completions';

/** `llm.complete` (tasks 3.6). */
export function makeLlmComplete(options: LlmCompleteOptions): TaskHandler {
  const { timeoutMs } = options;
  return async (params, attempt) => {
    const body = requestBody(params);
    const model = params['model'] as string;
    const server = await serverFor(params['connection'], attempt, options);
    await requireModel(model, attempt, options);
    const onTimeUp = (): TaskError =>
      retryableError('UPSTREAM_UNAVAILABLE', `The provider did not answer within ${timeoutMs} ms.`);
    const answer = await inTime({ timeoutMs, signal: attempt.signal, onTimeUp }, (signal) =>
      postToBackend(server, { path: PATH, body, signal }, options),
    );
    requireSuccess(answer);
    const completion = completionIn(membersOf(answer), model);
    if (completion === undefined) throw finalError('UPSTREAM_ERROR', 'The answer of the provider has no completion.');
    return completion;
  };
}

/** @throws TaskError `VALIDATION_ERROR` where there is nothing to go on with */
function requestBody({ model = null, messages, prompt, system, maxTokens, temperature }: JsonObject): JsonObject {
  const given = (messages as readonly JsonObject[] | undefined) ?? [];
  const asMessage = (role: string, content: Json | undefined): readonly JsonObject[] =>
    content === undefined ? [] : [{ role, content }];
  const conversation = [
    ...given.map(({ role = '', content = '' }) => ({ role, content })),
    ...asMessage('user', prompt),
  ];
  if (conversation.length === 0) throw finalError('VALIDATION_ERROR', '/messages is empty, and there is no /prompt');
  return {
    model,
    messages: [...asMessage('system', system), ...conversation],
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

async function serverFor(
  connection: Json | undefined,
  attempt: TaskAttempt,
  { url, apiKey, connections }: LlmCompleteOptions,
): Promise<BackendServer> {
  if (namesConnection(connection)) {
    const { endpoint, secret } = await connections('llm', connection, attempt);
    return { url: baseOf(endpoint.url), token: secret.apiKey, isTenants: true };
  }
  if (url === undefined) throw finalError('LLM_PROVIDER_MISSING', 'No provider of language models is configured here.');
  return { url: baseOf(url), token: apiKey, isTenants: false };
}

/** Providers name either the base of their paths or the whole path. */
const baseOf = (url: string): string => url.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');

/** Both lists are the operator's, and hold for connections too. */
async function requireModel(
  model: string,
  attempt: TaskAttempt,
  { models, allowedModels }: LlmCompleteOptions,
): Promise<void> {
  const lists = [models, await allowedModels(attempt)];
  if (lists.every((list) => list === undefined || list.includes(model))) return;
  throw finalError('MODEL_NOT_ALLOWED', 'The operator does not allow this model for the workspace.');
}

/** As tasks 6.1 has it for backends of the platform. */
function requireSuccess({ status, headers }: HttpAnswer): void {
  if (status >= 200 && status <= 299) return;
  const message = `The provider answered with status ${status}.`;
  if (status === 429 || (status >= 502 && status <= 504)) {
    throw retryableError('UPSTREAM_UNAVAILABLE', message, {
      retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
    });
  }
  throw finalError(status >= 400 && status <= 499 ? 'CLIENT_ERROR' : 'UPSTREAM_ERROR', message);
}
