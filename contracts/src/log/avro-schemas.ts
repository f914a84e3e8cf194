/**
 * The Avro schemas of everything on our own topics, one record per message type, so that each has a fingerprint of
 * its own and adding a type touches no other. The `.avsc` files in `contracts/schemas/` are generated from these
 * constants; a test holds both together and forbids an incompatible change of a published one.
 *
 * Conventions: times are `long` milliseconds since the epoch; JSON documents travel as compact JSON text (`string`);
 * an optional member is a union with `null` first.
 */
type Field = { readonly name: string; readonly type: unknown; readonly default?: unknown };
export type RecordSchema = {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly fields: readonly Field[];
};

const COMMANDS = 'flowplane.commands';
const EVENTS = 'flowplane.events';
const RUNS = 'flowplane.runs';

const str = (name: string): Field => ({ name, type: 'string' });
const long = (name: string): Field => ({ name, type: 'long' });
const int = (name: string): Field => ({ name, type: 'int' });
const bool = (name: string): Field => ({ name, type: 'boolean' });
const optional = (name: string, type: unknown): Field => ({ name, type: ['null', type], default: null });
const list = (name: string, items: unknown): Field => ({ name, type: { type: 'array', items } });
const record = (namespace: string, name: string, fields: readonly Field[]): RecordSchema => ({
  type: 'record',
  name,
  namespace,
  fields,
});

const problem = (namespace: string): RecordSchema =>
  record(namespace, 'Problem', [
    int('status'),
    str('code'),
    str('message'),
    optional('errors', 'string'),
    optional('dimension', 'string'),
    optional('retryAfterSeconds', 'int'),
  ]);

const failure = (namespace: string): RecordSchema =>
  record(namespace, 'RunFailure', [optional('nodeId', 'string'), str('code'), str('message')]);

const storedValue = (namespace: string): RecordSchema =>
  record(namespace, 'StoredValue', [optional('json', 'string'), optional('ref', 'string'), long('sizeBytes')]);

const commandMeta: RecordSchema = record(COMMANDS, 'CommandMeta', [
  str('commandId'),
  str('tenantId'),
  str('workspaceId'),
  str('actorId'),
  list('actorRoles', 'string'),
  str('correlationId'),
  optional('traceparent', 'string'),
  long('submittedAt'),
  int('attempt'),
  optional('idempotency', record(COMMANDS, 'Idempotency', [str('key'), str('fingerprint')])),
]);

const eventMeta: RecordSchema = record(EVENTS, 'EventMeta', [
  str('eventId'),
  str('tenantId'),
  str('workspaceId'),
  str('commandId'),
  str('commandType'),
  long('commandOffset'),
  int('attempt'),
  int('index'),
  int('count'),
  str('actorId'),
  str('correlationId'),
  optional('traceparent', 'string'),
  long('submittedAt'),
  long('occurredAt'),
  optional('idempotency', record(EVENTS, 'Idempotency', [str('key'), str('fingerprint')])),
]);

const command = (name: string, ...fields: readonly Field[]): RecordSchema =>
  record(COMMANDS, name, [{ name: 'meta', type: commandMeta }, ...fields]);
const event = (name: string, ...fields: readonly Field[]): RecordSchema =>
  record(EVENTS, name, [{ name: 'meta', type: eventMeta }, ...fields]);
const frame = (name: string, ...fields: readonly Field[]): RecordSchema =>
  record(RUNS, name, [str('executionId'), str('tenantId'), str('workspaceId'), str('flowId'), ...fields]);

const triggerRegistration = (namespace: string): RecordSchema =>
  record(namespace, 'TriggerRegistration', [str('kind'), str('triggerId'), str('detail')]);

/** Commands (`flows.commands.v1`), by type name. */
export const COMMAND_SCHEMAS = {
  CreateFlow: command(
    'CreateFlow',
    str('flowId'),
    str('name'),
    str('dslApiVersion'),
    optional('definition', 'string'),
    optional('definitionYaml', 'string'),
    optional('verdict', problem(COMMANDS)),
  ),
  UpdateFlow: command(
    'UpdateFlow',
    str('flowId'),
    optional('expectedRevision', 'long'),
    optional('name', 'string'),
    optional('definition', 'string'),
    optional('definitionYaml', 'string'),
    optional('verdict', problem(COMMANDS)),
  ),
  DeleteFlow: command('DeleteFlow', str('flowId'), optional('expectedRevision', 'long')),
  PublishFlow: command(
    'PublishFlow',
    str('flowId'),
    optional('expectedRevision', 'long'),
    long('draftRevision'),
    optional('draftBirth', 'long'),
    optional('definition', 'string'),
    optional('definitionYaml', 'string'),
    str('dslApiVersion'),
    list('triggers', triggerRegistration(COMMANDS)),
    optional('verdict', problem(COMMANDS)),
  ),
  StartExecution: command(
    'StartExecution',
    str('flowId'),
    str('executionId'),
    optional('version', 'int'),
    str('input'),
    str('triggerType'),
    optional('verdict', problem(COMMANDS)),
  ),
  CancelExecution: command('CancelExecution', str('flowId'), str('executionId')),
  RetryExecution: command(
    'RetryExecution',
    str('flowId'),
    str('executionId'),
    str('retriedFrom'),
    optional('retryFrom', 'string'),
    optional(
      'source',
      record(COMMANDS, 'RetrySource', [int('version'), optional('flowBirth', 'long'), bool('closed'), str('input')]),
    ),
    optional('verdict', problem(COMMANDS)),
  ),
  SignalExecution: command(
    'SignalExecution',
    str('flowId'),
    str('executionId'),
    str('signalName'),
    optional('nodeId', 'string'),
    optional('approved', 'boolean'),
    optional('onBehalfOf', 'string'),
    bool('known'),
    optional('verdict', problem(COMMANDS)),
  ),
  RecordExecutionStarted: command('RecordExecutionStarted', str('flowId'), str('executionId'), long('startedAt')),
  RecordExecutionClosed: command(
    'RecordExecutionClosed',
    str('flowId'),
    str('executionId'),
    str('status'),
    optional('startedAt', 'long'),
    long('closedAt'),
    optional('result', storedValue(COMMANDS)),
    optional('failure', failure(COMMANDS)),
    optional('nodes', { ...storedValue(COMMANDS), name: 'StoredNodes' }),
  ),
} as const satisfies Record<string, RecordSchema>;

/** Decided events (`flows.events.v1`), by type name. */
export const EVENT_SCHEMAS = {
  FlowCreated: event(
    'FlowCreated',
    str('flowId'),
    str('name'),
    str('dslApiVersion'),
    optional('definition', 'string'),
    optional('definitionYaml', 'string'),
    long('revision'),
  ),
  FlowUpdated: event(
    'FlowUpdated',
    str('flowId'),
    optional('name', 'string'),
    optional('definition', 'string'),
    optional('definitionYaml', 'string'),
    long('revision'),
  ),
  FlowDeleted: event('FlowDeleted', str('flowId'), long('revision')),
  FlowVersionPublished: event(
    'FlowVersionPublished',
    str('flowId'),
    int('version'),
    long('revision'),
    str('definition'),
    optional('definitionYaml', 'string'),
    str('dslApiVersion'),
    list('triggers', triggerRegistration(EVENTS)),
  ),
  ExecutionRequested: event(
    'ExecutionRequested',
    str('flowId'),
    str('executionId'),
    int('version'),
    str('input'),
    str('triggerType'),
    optional('retriedFrom', 'string'),
    optional('retryFrom', 'string'),
  ),
  ExecutionStarted: event('ExecutionStarted', str('flowId'), str('executionId'), int('version'), long('startedAt')),
  ExecutionCancelRequested: event('ExecutionCancelRequested', str('flowId'), str('executionId'), int('version')),
  ExecutionSignaled: event(
    'ExecutionSignaled',
    str('flowId'),
    str('executionId'),
    int('version'),
    str('signalName'),
    optional('nodeId', 'string'),
    bool('approved'),
    optional('onBehalfOf', 'string'),
  ),
  ExecutionClosed: event(
    'ExecutionClosed',
    str('flowId'),
    str('executionId'),
    int('version'),
    str('status'),
    bool('neverStarted'),
    optional('startedAt', 'long'),
    long('closedAt'),
    optional('result', storedValue(EVENTS)),
    optional('failure', failure(EVENTS)),
    optional('nodes', { ...storedValue(EVENTS), name: 'StoredNodes' }),
  ),
  CommandAcknowledged: event(
    'CommandAcknowledged',
    str('reason'),
    optional('originalCommandId', 'string'),
    optional('executionId', 'string'),
  ),
  CommandStale: event('CommandStale', str('flowId'), long('revision')),
  CommandRejected: event(
    'CommandRejected',
    { name: 'problem', type: problem(EVENTS) },
    optional('flowId', 'string'),
    optional('executionId', 'string'),
  ),
} as const satisfies Record<string, RecordSchema>;

/** The epoch marker of an events partition (design 3, rule 1): not an outcome of a command, so it has no `meta`. */
export const EPOCH_STARTED_SCHEMA: RecordSchema = record(EVENTS, 'EpochStarted', [
  int('partition'),
  long('epoch'),
  str('owner'),
  str('commandsTopicId'),
  long('startedAt'),
]);

/** Frames of runs (`flows.runs.v1`), by type name. */
export const FRAME_SCHEMAS = {
  NodeFrame: frame(
    'NodeFrame',
    str('nodeId'),
    int('iteration'),
    str('status'),
    int('attemptNumber'),
    optional('startedAt', 'long'),
    optional('completedAt', 'long'),
    bool('reused'),
    optional('input', storedValue(RUNS)),
    optional('output', { ...storedValue(RUNS), name: 'StoredOutput' }),
    optional(
      'error',
      record(RUNS, 'NodeError', [optional('code', 'string'), str('message'), optional('stack', 'string')]),
    ),
    long('emittedAt'),
  ),
  LogFrame: frame('LogFrame', str('nodeId'), str('level'), str('message'), long('timestamp')),
  RunEnding: frame('RunEnding', long('emittedAt')),
  RunClosed: frame('RunClosed', str('status'), long('closedAt')),
} as const satisfies Record<string, RecordSchema>;
