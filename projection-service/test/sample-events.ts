import {
  eventId,
  NO_LATER_MEMBERS,
  registration,
  type CommandType,
  type Event,
  type EventMeta,
  type EventType,
  type TenantQuota,
  type TriggerRegistration,
  type Frame,
} from '@flowplane/contracts';

type DataOf<T extends EventType> = Extract<Event, { readonly type: T }>['data'];

/** A tenant's events as its decider would write them: ids, offsets and times count up by themselves. */
export type EventMaker = {
  readonly next: <T extends EventType>(
    type: T,
    commandType: CommandType,
    data: DataOf<T>,
    meta?: Partial<EventMeta>,
  ) => Event;
};

export const T0 = Date.UTC(2026, 0, 1);

export function makeEvents(scope: { readonly tenantId: string; readonly workspaceId: string }): EventMaker {
  let count = 0;
  return {
    next: (type, commandType, data, meta = {}) => {
      const commandOffset = count++;
      const commandId = meta.commandId ?? `${scope.tenantId}-${scope.workspaceId}-${commandOffset}`;
      const full: EventMeta = {
        eventId: eventId(commandId, meta.attempt ?? 1, meta.index ?? 0),
        ...scope,
        commandId,
        commandType,
        commandOffset,
        attempt: 1,
        index: 0,
        count: 1,
        actorId: 'alice',
        correlationId: `correlation-${commandOffset}`,
        traceparent: null,
        submittedAt: T0 + commandOffset * 1000 - 5,
        occurredAt: T0 + commandOffset * 1000,
        idempotency: null,
        ...meta,
      };
      return { type, meta: full, data } as unknown as Event;
    },
  };
}

export const DEFINITION = JSON.stringify({
  apiVersion: 'v1.0',
  name: 'order',
  inputs: { sku: { type: 'string', default: 'none' } },
  nodes: [
    { id: 'split', type: 'branch', arms: [{ when: 'true', next: 'charge' }], default: 'refuse' },
    { id: 'charge', type: 'task', taskType: 'http.request' },
    { id: 'refuse', type: 'task', taskType: 'http.request' },
  ],
});

export const flowCreated = (
  events: EventMaker,
  flowId: string,
  meta: Partial<EventMeta> = {},
  definition = DEFINITION,
): Event =>
  events.next(
    'FlowCreated',
    'CreateFlow',
    {
      flowId,
      name: `flow ${flowId}`,
      dslApiVersion: 'v1.0',
      definition,
      definitionYaml: null,
      revision: 1,
    },
    meta,
  );

export const versionPublished = (
  events: EventMaker,
  flowId: string,
  version: number,
  triggers: readonly TriggerRegistration[] = [],
  definition = DEFINITION,
): Event =>
  events.next('FlowVersionPublished', 'PublishFlow', {
    flowId,
    version,
    revision: version + 1,
    definition,
    definitionYaml: null,
    dslApiVersion: 'v1.0',
    triggers,
  });

export const executionRequested = (
  events: EventMaker,
  flowId: string,
  executionId: string,
  meta: Partial<EventMeta> = {},
  data: Partial<DataOf<'ExecutionRequested'>> = {},
): Event =>
  events.next(
    'ExecutionRequested',
    'StartExecution',
    {
      flowId,
      executionId,
      version: 1,
      input: '{"orderId":7}',
      triggerType: 'manual',
      retriedFrom: null,
      retryFrom: null,
      trigger: null,
      labels: '{}',
      ...data,
    },
    meta,
  );

export const executionStarted = (events: EventMaker, flowId: string, executionId: string): Event =>
  events.next('ExecutionStarted', 'RecordExecutionStarted', { flowId, executionId, version: 1, startedAt: T0 + 7 });

export const executionClosed = (
  events: EventMaker,
  flowId: string,
  executionId: string,
  data: Partial<DataOf<'ExecutionClosed'>> = {},
): Event =>
  events.next('ExecutionClosed', 'RecordExecutionClosed', {
    flowId,
    executionId,
    version: 1,
    status: 'Completed',
    neverStarted: false,
    startedAt: null,
    closedAt: Date.now(),
    result: { json: '{"status":"completed"}', ref: null, sizeBytes: 22 },
    failure: null,
    nodes: null,
    ...data,
  });

export const commandRejected = (
  events: EventMaker,
  status: number,
  code: string,
  meta: Partial<EventMeta> = {},
): Event =>
  events.next(
    'CommandRejected',
    'StartExecution',
    {
      problem: { status, code, message: 'no', errors: null, dimension: null, retryAfterSeconds: null },
      flowId: 'F',
      executionId: null,
    },
    meta,
  );

export const tenantQuotasSet = (events: EventMaker, quotas: readonly TenantQuota[]): Event =>
  events.next('TenantQuotasSet', 'SetTenantQuotas', { quotas, inForce: quotas }, { workspaceId: '' });

export const llmModelsSet = (events: EventMaker, models: readonly string[] | null, workspaceId = 'W'): Event =>
  events.next('LlmModelsSet', 'SetLlmModels', { workspaceId, models }, { workspaceId: '' });

export const connectionPut = (events: EventMaker, name: string, data: Partial<DataOf<'ConnectionPut'>> = {}): Event =>
  events.next('ConnectionPut', 'PutConnection', {
    ...{ name, kind: 'llm', endpoint: '{"url":"https://llm.example.com/"}', version: 1, secretId: `${name}.0` },
    ...{ fingerprint: 'p', createdAt: T0, rotatedAt: T0, rotatedBy: 'alice', superseded: [], ...data },
  });

export const connectionRemoved = (events: EventMaker, name: string): Event =>
  events.next('ConnectionRemoved', 'DeleteConnection', { name });

/** A version of the flow with a webhook and other triggers, and a delivery that it refused. */
export function hooked(
  events: EventMaker,
  flowId: string,
  others: readonly TriggerRegistration[] = [],
): readonly Event[] {
  const triggerId = `${flowId}:webhook:default`;
  const secret = { secretId: 's1', keyId: 'k1', ciphertext: 'c1' };
  const trigger = registration(triggerId, { kind: 'webhook', path: 'default', secret });
  const origin = {
    ...{ triggerId, deliveryId: 'd', dedupeKey: null, record: null, scheduledAt: null, depth: null },
    ...{ sizeBytes: 2, redelivery: 0 },
  };
  const published = versionPublished(events, flowId, 2) as Extract<Event, { readonly type: 'FlowVersionPublished' }>;
  return [
    { ...published, data: { ...published.data, triggers: [trigger, ...others] } },
    events.next('TriggerStartRefused', 'StartFromTrigger', {
      ...{ flowId, executionId: `T:W:${flowId}:wh-d`, triggerType: 'webhook' as const, trigger: origin },
      problem: {
        status: 429,
        code: 'QUOTA_EXCEEDED',
        message: '',
        errors: null,
        dimension: null,
        retryAfterSeconds: 1,
      },
    }),
  ];
}

/** A platform-event trigger as a publish registers it, on a topic of one partition. */
export const eventTrigger = (type: string, topicId: string, startOffset: number, filter?: string) =>
  registration(`F:platform-event:${type}`, {
    ...{ kind: 'platform-event', eventType: type, topic: `evt.W.${type}`, topicId, startOffsets: [startOffset] },
    ...(filter === undefined ? {} : { filter }),
  });

export type NodeStatus = 'scheduled' | 'started' | 'waiting-approval' | 'completed';
type Run = Pick<Extract<Frame, { type: 'NodeFrame' }>['data'], 'executionId' | 'tenantId' | 'workspaceId' | 'flowId'>;

/** A frame of a node's first attempt. */
export const nodeFrame = (
  run: Run,
  nodeId: string,
  status: NodeStatus,
  data: Partial<Extract<Frame, { type: 'NodeFrame' }>['data']> = {},
): Frame => ({
  type: 'NodeFrame',
  data: {
    ...run,
    ...{ nodeId, status },
    iteration: 1,
    attemptNumber: 1,
    startedAt: status === 'scheduled' ? null : T0,
    completedAt: status === 'completed' ? T0 + 1 : null,
    reused: false,
    input: null,
    output: status === 'completed' ? { json: '{"ok":true}', ref: null, sizeBytes: 11 } : null,
    error: null,
    emittedAt: T0,
    ...NO_LATER_MEMBERS,
    ...data,
  },
});
