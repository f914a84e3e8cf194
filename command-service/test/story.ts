import { registration, webhookExecutionId, type Command, type CommandMeta, type Problem } from '@flowplane/contracts';
import { metaOf, T0, TENANT, type StoryStep } from './decider-specification.js';

type Meta = Partial<CommandMeta>;

export const VERDICT: Problem = {
  status: 422,
  code: 'FLOW_VALIDATION_FAILED',
  message: 'bad',
  errors: '[]',
  dimension: null,
  retryAfterSeconds: null,
};

export const create = (flowId = 'f1', data: object = {}, meta: Meta = {}): Command => ({
  type: 'CreateFlow',
  meta: metaOf(meta),
  data: {
    flowId,
    name: 'Flow',
    dslApiVersion: 'v1.0',
    definition: '{}',
    definitionYaml: null,
    verdict: null,
    ...data,
  },
});

export const update = (flowId = 'f1', data: object = {}, meta: Meta = {}): Command => ({
  type: 'UpdateFlow',
  meta: metaOf(meta),
  data: {
    flowId,
    expectedRevision: null,
    name: null,
    definition: null,
    definitionYaml: null,
    verdict: null,
    ...data,
  },
});

export const remove = (flowId = 'f1', expectedRevision: number | null = null, meta: Meta = {}): Command => ({
  type: 'DeleteFlow',
  meta: metaOf(meta),
  data: { flowId, expectedRevision },
});

export const publish = (draftRevision: number, flowId = 'f1', data: object = {}, meta: Meta = {}): Command => ({
  type: 'PublishFlow',
  meta: metaOf(meta),
  data: {
    flowId,
    expectedRevision: null,
    draftRevision,
    draftBirth: null,
    definition: '{"nodes":[]}',
    definitionYaml: null,
    dslApiVersion: 'v1.0',
    triggers: [],
    verdict: null,
    ...data,
  },
});

export const archive = (version: number, flowId = 'f1', meta: Meta = {}): Command => ({
  type: 'ArchiveFlowVersion',
  meta: metaOf(meta),
  data: { flowId, version },
});

export const runId = (uuid: string, flowId = 'f1', workspaceId = 'w1'): string =>
  `${TENANT}:${workspaceId}:${flowId}:${uuid}`;

export const start = (uuid: string, data: object = {}, meta: Meta = {}, flowId = 'f1'): Command => ({
  type: 'StartExecution',
  meta: metaOf(meta),
  data: {
    flowId,
    executionId: runId(uuid, flowId, meta.workspaceId),
    version: null,
    input: '{}',
    triggerType: 'manual',
    verdict: null,
    strictInputs: false,
    labels: '{}',
    ...data,
  },
});

export const cancel = (uuid: string, meta: Meta = {}, flowId = 'f1'): Command => ({
  type: 'CancelExecution',
  meta: metaOf(meta),
  data: { flowId, executionId: runId(uuid, flowId) },
});

/** A retry of `of`; `source` null: the shell did not find it. */
export const retry = (uuid: string, of: string, data: object = {}, meta: Meta = {}, flowId = 'f1'): Command => ({
  type: 'RetryExecution',
  meta: metaOf(meta),
  data: {
    flowId,
    executionId: runId(uuid, flowId, meta.workspaceId),
    retriedFrom: runId(of, flowId, meta.workspaceId),
    retryFrom: null,
    source: { version: 1, flowBirth: 0, closed: true, input: '{"of":1}', labels: '{"of":"one"}' },
    verdict: null,
    ...data,
  },
});

export const signal = (uuid: string, data: object = {}, meta: Meta = {}, flowId = 'f1'): Command => ({
  type: 'SignalExecution',
  meta: metaOf(meta),
  data: {
    flowId,
    executionId: runId(uuid, flowId, meta.workspaceId),
    signalName: 'review',
    nodeId: 'review',
    approved: true,
    onBehalfOf: null,
    comment: null,
    known: true,
    verdict: null,
    ...data,
  },
});

export const reportStarted = (uuid: string, startedAt = T0): Command => ({
  type: 'RecordExecutionStarted',
  meta: metaOf(),
  data: { flowId: 'f1', executionId: runId(uuid), startedAt },
});

export const reportClosed = (uuid: string, data: object = {}): Command => ({
  type: 'RecordExecutionClosed',
  meta: metaOf(),
  data: {
    flowId: 'f1',
    executionId: runId(uuid),
    status: 'Completed',
    startedAt: T0,
    closedAt: T0 + 5,
    result: null,
    failure: null,
    nodes: null,
    ...data,
  },
});

/** Commands decided one after the other, all at `T0` unless they come with a time. */
export const story = (...commands: readonly (Command | StoryStep)[]): StoryStep[] =>
  commands.map((one) => ('command' in one ? one : { command: one, at: T0 }));

export const at = (time: number, command: Command): StoryStep => ({ command, at: time });

/** A flow with one published version. */
export const PUBLISHED: readonly Command[] = [create(), publish(1)];

export const HOOK = 'f1:webhook:default';

const sealed = (secretId: string) => ({ secretId, keyId: 'k', ciphertext: 'c' });

/** A version of `f1` with one webhook, whose secret it makes unless `secretId` is null. */
export const publishHook = (draftRevision: number, secretId: string | null, more: object = {}): Command =>
  publish(draftRevision, 'f1', {
    triggers: [
      registration(HOOK, {
        ...{ kind: 'webhook', path: 'default', secret: secretId === null ? null : sealed(secretId) },
        ...more,
      }),
    ],
  });

/** A delivery to the webhook of `f1`, verified by the secret `s1` unless `data` names another. */
export const delivery = (deliveryId: string, data: object = {}, dedupeKey: string | null = null): Command => ({
  type: 'StartFromTrigger',
  meta: metaOf({ actorId: `webhook:${HOOK}` }),
  data: {
    ...{ flowId: 'f1', executionId: hookRun(dedupeKey ?? deliveryId), triggerType: 'webhook', input: '{}' },
    trigger: { ...hookOrigin(deliveryId), dedupeKey },
    ...{ secretId: 's1', verdict: null, strictInputs: false },
    ...data,
  },
});

export const hookOrigin = (deliveryId: string) => ({
  ...{ triggerId: HOOK, deliveryId, dedupeKey: null, record: null, scheduledAt: null, depth: null },
  ...{ sizeBytes: 2, redelivery: 0 },
});

export const hookRun = (distinct: string): string => webhookExecutionId(`${TENANT}:w1:f1`, HOOK, distinct);

export const redeliver = (deliveryId: string, data: object = {}): Command => ({
  type: 'RedeliverWebhook',
  meta: metaOf(),
  data: {
    ...{ flowId: 'f1', triggerId: HOOK, deliveryId, executionId: hookRun(deliveryId) },
    ...{ input: '{}', sizeBytes: 2, verdict: null, strictInputs: false, ...data },
  },
});

export const rotate = (secretId: string, graceMs = 0, data: object = {}): Command => ({
  type: 'RotateWebhookSecret',
  meta: metaOf(),
  data: { flowId: 'f1', triggerId: HOOK, secret: sealed(secretId), graceMs, verdict: null, ...data },
});

export const rewrap = (...secretIds: readonly string[]): Command => ({
  type: 'RewrapWebhookSecrets',
  meta: metaOf(),
  data: { secrets: secretIds.map((id) => ({ flowId: 'f1', triggerId: HOOK, secret: sealed(id) })) },
});
