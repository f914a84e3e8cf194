/**
 * What the Avro schemas of our topics are made of: one record per message type, so that each has a fingerprint of
 * its own and adding a type touches no other. The `.avsc` files in `contracts/schemas/` are generated from these
 * constants; a test holds both together and forbids an incompatible change of a published one.
 *
 * Conventions: times are `long` milliseconds since the epoch; JSON documents travel as compact JSON text (`string`);
 * an optional member is a union with `null` first.
 */
export type Field = { readonly name: string; readonly type: unknown; readonly default?: unknown };
export type RecordSchema = {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly fields: readonly Field[];
};

export const COMMANDS = 'flowplane.commands';
export const EVENTS = 'flowplane.events';
export const RUNS = 'flowplane.runs';

export const str = (name: string): Field => ({ name, type: 'string' });
export const long = (name: string): Field => ({ name, type: 'long' });
export const int = (name: string): Field => ({ name, type: 'int' });
export const bool = (name: string): Field => ({ name, type: 'boolean' });
/** One that came to a type that was there without it: what was written before reads as false. */
export const flagged = (name: string): Field => ({ name, type: 'boolean', default: false });
export const optional = (name: string, type: unknown): Field => ({ name, type: ['null', type], default: null });
export const list = (name: string, items: unknown): Field => ({ name, type: { type: 'array', items } });
export const record = (namespace: string, name: string, fields: readonly Field[]): RecordSchema => ({
  type: 'record',
  name,
  namespace,
  fields,
});

export const problem = (namespace: string): RecordSchema =>
  record(namespace, 'Problem', [
    int('status'),
    str('code'),
    str('message'),
    optional('errors', 'string'),
    optional('dimension', 'string'),
    optional('retryAfterSeconds', 'int'),
  ]);

export const failure = (namespace: string): RecordSchema =>
  record(namespace, 'RunFailure', [optional('nodeId', 'string'), str('code'), str('message')]);

export const storedValue = (namespace: string): RecordSchema =>
  record(namespace, 'StoredValue', [optional('json', 'string'), optional('ref', 'string'), long('sizeBytes')]);

export const commandMeta: RecordSchema = record(COMMANDS, 'CommandMeta', [
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

export const eventMeta: RecordSchema = record(EVENTS, 'EventMeta', [
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

export const command = (name: string, ...fields: readonly Field[]): RecordSchema =>
  record(COMMANDS, name, [{ name: 'meta', type: commandMeta }, ...fields]);
export const event = (name: string, ...fields: readonly Field[]): RecordSchema =>
  record(EVENTS, name, [{ name: 'meta', type: eventMeta }, ...fields]);
export const frame = (name: string, ...fields: readonly Field[]): RecordSchema =>
  record(RUNS, name, [str('executionId'), str('tenantId'), str('workspaceId'), str('flowId'), ...fields]);

export const triggerRegistration = (namespace: string): RecordSchema =>
  record(namespace, 'TriggerRegistration', [str('kind'), str('triggerId'), str('detail')]);

export const secret = (namespace: string): RecordSchema =>
  record(namespace, 'EncryptedSecret', [str('secretId'), str('keyId'), str('ciphertext')]);

export const triggerOrigin = (namespace: string): RecordSchema =>
  record(namespace, 'TriggerOrigin', [
    str('triggerId'),
    optional('deliveryId', 'string'),
    optional('dedupeKey', 'string'),
    optional(
      'record',
      record(namespace, 'RecordOrigin', [str('topic'), str('topicId'), int('partition'), long('offset')]),
    ),
    optional('scheduledAt', 'long'),
    optional('depth', 'int'),
    long('sizeBytes'),
    int('redelivery'),
  ]);

/** @param item name of the record; no name may be defined twice in a schema */
export const quotas = (namespace: string, item = 'TenantQuota'): Field =>
  list('quotas', record(namespace, item, [str('dimension'), long('limit'), long('grace')]));

export const rewrapped = (namespace: string): Field =>
  list(
    'secrets',
    record(namespace, 'RewrappedSecret', [
      str('flowId'),
      str('triggerId'),
      { name: 'secret', type: secret(namespace) },
    ]),
  );

export const tenantDrain: readonly Field[] = [
  str('fenceId'),
  int('executions'),
  int('schedules'),
  int('histories'),
  list('failures', 'string'),
];
