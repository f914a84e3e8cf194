import { randomUUID } from 'node:crypto';
import {
  isFlowId,
  isTooLongName,
  MAX_NAME_LENGTH,
  problemBody,
  type Command,
  type LogPosition,
  type Problem,
} from '@flowplane/contracts';
import { jsonObject, jsonObjectIfAny, param, type Answer, type Call } from '@flowplane/runtime/api';
import { awaitMinPosition, type Draft } from '@flowplane/runtime/read-model';
import { refusal, type Refusal } from '@flowplane/plumbing/http';
import type { Warning } from '@flowplane/contracts/flow';
import { commandMeta } from '../../submit/command-meta.js';
import { submit } from '../../submit/submit.js';
import { askedOnce } from '../executions/quota-checks.js';
import { submitOnce, type ShellContext } from '../shell-context.js';
import { expectedRevision } from './expected-revision.js';
import { checkForPublish, type CheckedDraft } from './publish-check.js';
import { sentFlow } from './sent-flow.js';
import { settlingTopics } from './settling-topics.js';
import { plainTopicsOf, registrationsOf } from './trigger-registrations.js';
import { strictVerdict, withWarnings } from './warned-answer.js';

const DEFAULT_API_VERSION = 'v1.0';

/** POST /flows */
export async function createFlow(context: ShellContext, call: Call): Promise<Answer> {
  const sent = await sentFlow(context.checker, call);
  const { members: body } = sent;
  const { name } = body;
  if (!isName(name)) throw nameRefusal(name);
  const flowId = body['flowId'] ?? body['flow_id'] ?? randomUUID();
  if (typeof flowId !== 'string' || !isFlowId(flowId)) throw refusal('INVALID_FLOW_ID');
  const { verdict, definition, definitionYaml } = await sent.definition();
  const dslApiVersion = apiVersionIn(body);
  const data = { flowId, name, dslApiVersion, definition, definitionYaml };
  return submitOnce(context, call, async (meta) => {
    const denied = await context.quotas.create(call);
    return { type: 'CreateFlow', meta, data: { ...data, verdict: denied ?? verdict } };
  });
}

/** PATCH /flows/{flowId} */
export async function updateFlow(context: ShellContext, call: Call): Promise<Answer> {
  const sent = await sentFlow(context.checker, call);
  const { members: body } = sent;
  const { name } = body;
  if (name !== undefined && name !== null && !isName(name)) throw nameRefusal(name);
  const { verdict, definition, definitionYaml } = await sent.definition();
  const data = {
    flowId: param(call, 'flowId'),
    expectedRevision: expectedRevision(call, body),
    name: name ?? null,
    definition,
    definitionYaml,
    verdict,
  };
  return submitOnce(context, call, (meta) => Promise.resolve({ type: 'UpdateFlow', meta, data }));
}

/** DELETE /flows/{flowId} */
export async function deleteFlow(context: ShellContext, call: Call): Promise<Answer> {
  const body = call.body.length === 0 ? {} : jsonObject(call);
  const data = { flowId: param(call, 'flowId'), expectedRevision: expectedRevision(call, body) };
  return settlingTopics(context.registering, call, () =>
    submitOnce(context, call, (meta) => Promise.resolve({ type: 'DeleteFlow', meta, data })),
  );
}

/** DELETE /flows/{flowId}/versions/{version}; the body is ignored. */
export async function archiveVersion(context: ShellContext, call: Call): Promise<Answer> {
  const text = param(call, 'version');
  const data = { flowId: param(call, 'flowId'), version: /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0 };
  return submitOnce(context, call, (meta) => Promise.resolve({ type: 'ArchiveFlowVersion', meta, data }));
}

/** POST /flows/{flowId}/validate: checks the stored draft; the body is ignored. */
export async function validateFlow(context: ShellContext, call: Call): Promise<Answer> {
  await awaitMinPosition(context, call);
  const draft = await context.reads.draftOf(call, param(call, 'flowId'));
  if (draft === undefined) throw refusal('FLOW_NOT_FOUND');
  return validated(context, call, draft);
}

/** POST /validate: checks a document that is sent, and keeps nothing of it. */
export async function validateDocument(context: ShellContext, call: Call): Promise<Answer> {
  await awaitMinPosition(context, call);
  const sent = await sentFlow(context.checker, call);
  const { verdict, ...document } = await sent.definition();
  return verdict === null ? validated(context, call, document) : refusedBy(verdict);
}

/** What a draft is worth: 200 with its warnings, or what keeps it from being published. */
async function validated(context: ShellContext, call: Call, draft: CheckedDraft): Promise<Answer> {
  const faults = await checkForPublish(context, call, draft);
  const warnings = faults === null ? await warningsOf(context, call, draft) : [];
  const verdict = faults ?? strictVerdict(call, warnings);
  return verdict === null ? withWarnings({ status: 200, body: { valid: true } }, warnings) : refusedBy(verdict);
}

const refusedBy = (verdict: Problem): Answer => ({ status: verdict.status, body: problemBody(verdict) });

/** POST /flows/{flowId}/versions: publishes the draft; a draft that moves meanwhile is loaded again. */
export async function publishFlow(context: ShellContext, call: Call): Promise<Answer> {
  const flowId = param(call, 'flowId');
  const body = jsonObjectIfAny(call);
  const revision = expectedRevision(call, body);
  const meta = commandMeta(call);
  const inClaim = await context.claimWorkspace(call);
  const denied = askedOnce(() => context.quotas.publish(call, flowId));
  let warnings: readonly Warning[] = [];
  const refused = async (draft: Draft): Promise<Problem | null> => {
    const faults = await checkForPublish(context, call, draft);
    warnings = faults === null ? await warningsOf(context, call, draft) : [];
    return faults ?? strictVerdict(call, warnings) ?? (await denied());
  };
  const claimed: string[] = [];
  const build = async (attempt: number, staleAt?: LogPosition): Promise<Command> => {
    if (staleAt !== undefined) await context.projected(staleAt, context.commandWaitMs, call.signal);
    const draft = await context.reads.draftOf(call, flowId);
    const verdict = draft === undefined ? null : await refused(draft);
    const isValid = draft !== undefined && verdict === null;
    if (isValid) claimed.push(...plainTopicsOf(call, draft));
    const triggers = isValid ? await registrationsOf(context.registering, call, flowId, draft) : [];
    return {
      type: 'PublishFlow',
      meta: { ...meta, attempt },
      data: { flowId, expectedRevision: revision, ...publishedDraft(draft, verdict), triggers },
    };
  };
  const publish = () => submit(context, { call, command: () => build(1), next: build });
  const answer = await inClaim(() => settlingTopics(context.registering, call, publish, claimed));
  // What a replay answers was published before, maybe of another draft.
  return answer.headers?.['x-idempotent-replay'] === undefined ? withWarnings(answer, warnings) : answer;
}

/** Warnings of a draft in which nothing is wrong. */
async function warningsOf(
  { checker, backends }: ShellContext,
  call: Call,
  { definition }: CheckedDraft,
): Promise<readonly Warning[]> {
  return checker.check({ kind: 'warnings', text: definition ?? '{}', backends: await backends(call) }, call);
}

function publishedDraft(draft: Draft | undefined, verdict: Problem | null) {
  return {
    draftRevision: draft?.revision ?? -1,
    draftBirth: draft?.birth ?? null,
    definition: verdict === null ? (draft?.definition ?? null) : null,
    definitionYaml: verdict === null ? (draft?.definitionYaml ?? null) : null,
    dslApiVersion: draft?.dslApiVersion ?? DEFAULT_API_VERSION,
    verdict,
  };
}

const isName = (name: unknown): name is string =>
  typeof name === 'string' && name.trim() !== '' && !isTooLongName(name);

const nameRefusal = (name: unknown): Refusal =>
  typeof name === 'string' && isTooLongName(name)
    ? refusal('NAME_REQUIRED', { message: `name must have at most ${MAX_NAME_LENGTH} characters.` })
    : refusal('NAME_REQUIRED');

/** @throws Refusal 400 INVALID_TEXT */
function apiVersionIn(body: Readonly<Record<string, unknown>>): string {
  const version = textOr(body['dsl_api_version'] ?? body['dslApiVersion'], DEFAULT_API_VERSION);
  if (!isTooLongName(version)) return version;
  throw refusal('INVALID_TEXT', { message: `dsl_api_version must have at most ${MAX_NAME_LENGTH} characters.` });
}

const textOr = (value: unknown, fallback: string): string =>
  typeof value === 'string' && value !== '' ? value : fallback;
