import type { AppendFaultDetails } from './types.js';

/**
 * The broker or the way to it failed. `code` is Kafka's error name (`NOT_LEADER_FOR_PARTITION` …) or the client's
 * (`KafkaJSConnectionError` …); `retryable` says that the same call may succeed later.
 */
export class KafkaFault extends Error {
  override readonly name: string = 'KafkaFault';
  constructor(
    readonly code: string,
    readonly retryable: boolean,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** What was asked for is not in the partition: retention removed it, or the topic was created again. Never skipped. */
export class OffsetOutOfRange extends KafkaFault {
  override readonly name = 'OffsetOutOfRange';
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly offset: number,
  ) {
    super('OFFSET_OUT_OF_RANGE', false, `offset ${offset} is not in ${topic}[${partition}]`);
  }
}

/** Thrown by an append; `details.appended` says whether the log may have the records all the same. */
export class AppendFault extends Error {
  override readonly name = 'AppendFault';
  constructor(
    readonly details: AppendFaultDetails,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** True when the brokers refuse the record itself and always will: it is too large, or malformed. */
export function isRefusedRecord(cause: unknown): boolean {
  const fault = cause instanceof AppendFault ? cause.cause : cause;
  return fault instanceof KafkaFault && REFUSED_RECORDS.has(fault.code);
}
const REFUSED_RECORDS: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

/** Another process took over this transactional id: the broker refuses us from now on (event-log 4). */
export class ProducerFenced extends KafkaFault {
  override readonly name = 'ProducerFenced';
}

type ErrorEntry = readonly [name: string, retryable: boolean];

/**
 * Error codes of the protocol that the adapter's own requests meet (Produce, Fetch, Metadata, InitProducerId), with the
 * "retriable" of the protocol guide. Any other code is final: nothing is known that would cure it.
 */
const ERRORS: Readonly<Record<number, ErrorEntry>> = {
  [-1]: ['UNKNOWN_SERVER_ERROR', false],
  1: ['OFFSET_OUT_OF_RANGE', false],
  2: ['CORRUPT_MESSAGE', true],
  3: ['UNKNOWN_TOPIC_OR_PARTITION', true],
  5: ['LEADER_NOT_AVAILABLE', true],
  6: ['NOT_LEADER_FOR_PARTITION', true],
  7: ['REQUEST_TIMED_OUT', true],
  8: ['BROKER_NOT_AVAILABLE', false],
  9: ['REPLICA_NOT_AVAILABLE', true],
  10: ['MESSAGE_TOO_LARGE', false],
  13: ['NETWORK_EXCEPTION', true],
  14: ['COORDINATOR_LOAD_IN_PROGRESS', true],
  15: ['COORDINATOR_NOT_AVAILABLE', true],
  16: ['NOT_COORDINATOR', true],
  17: ['INVALID_TOPIC_EXCEPTION', false],
  18: ['RECORD_LIST_TOO_LARGE', false],
  19: ['NOT_ENOUGH_REPLICAS', true],
  20: ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', true],
  29: ['TOPIC_AUTHORIZATION_FAILED', false],
  31: ['CLUSTER_AUTHORIZATION_FAILED', false],
  35: ['UNSUPPORTED_VERSION', false],
  41: ['NOT_CONTROLLER', true],
  42: ['INVALID_REQUEST', false],
  45: ['OUT_OF_ORDER_SEQUENCE_NUMBER', false],
  46: ['DUPLICATE_SEQUENCE_NUMBER', false],
  47: ['INVALID_PRODUCER_EPOCH', false],
  51: ['CONCURRENT_TRANSACTIONS', true],
  56: ['KAFKA_STORAGE_ERROR', true],
  59: ['UNKNOWN_PRODUCER_ID', false],
  70: ['FETCH_SESSION_ID_NOT_FOUND', true],
  71: ['INVALID_FETCH_SESSION_EPOCH', true],
  72: ['LISTENER_NOT_FOUND', true],
  74: ['FENCED_LEADER_EPOCH', true],
  75: ['UNKNOWN_LEADER_EPOCH', true],
  78: ['OFFSET_NOT_AVAILABLE', true],
  87: ['INVALID_RECORD', false],
  89: ['THROTTLING_QUOTA_EXCEEDED', true],
  90: ['PRODUCER_FENCED', false],
  100: ['UNKNOWN_TOPIC_ID', true],
  103: ['INCONSISTENT_TOPIC_ID', true],
  106: ['FETCH_SESSION_TOPIC_ID_ERROR', true],
};

/** The fault of a non-zero error code of a response. */
export function brokerFault(code: number, about: string): KafkaFault {
  const [name, retryable] = ERRORS[code] ?? [`ERROR_${code}`, false];
  const fenced = name === 'INVALID_PRODUCER_EPOCH' || name === 'PRODUCER_FENCED';
  const Fault = fenced ? ProducerFenced : KafkaFault;
  return new Fault(name, retryable, `${about}: ${name}`);
}

/** What kafkajs throws: `type` on errors of the protocol, `name` on those of the connection. */
type ClientError = Error & { readonly type?: string; readonly retriable?: boolean; readonly code?: unknown };

/** Protocol errors that kafkajs calls final although time or fresh metadata cures them. */
const CURABLE = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_LOAD_IN_PROGRESS',
  'CONCURRENT_TRANSACTIONS',
  'REQUEST_TIMED_OUT',
]);

/** Brings everything that the client throws into one shape. Connection errors and time-outs are retryable. */
export function asKafkaFault(error: unknown, about: string): KafkaFault {
  if (error instanceof KafkaFault) return error;
  if (!(error instanceof Error)) return new KafkaFault('UNKNOWN', false, `${about}: ${String(error)}`);
  if (error.name === 'KafkaJSNumberOfRetriesExceeded' && error.cause !== undefined) {
    return asKafkaFault(error.cause, about);
  }
  const { errors } = error as { readonly errors?: readonly unknown[] };
  if (error.name === 'KafkaJSAggregateError' && errors?.[0] !== undefined) return asKafkaFault(errors[0], about);
  const client = error as ClientError;
  const code = client.type ?? client.name;
  const message = `${about}: ${error.message}`;
  if (code === 'INVALID_PRODUCER_EPOCH' || code === 'PRODUCER_FENCED') {
    return new ProducerFenced(code, false, message, { cause: error });
  }
  const ofProtocol = client.type !== undefined;
  const retryable = ofProtocol ? client.retriable === true || CURABLE.has(code) : isConnectionError(client);
  return new KafkaFault(code, retryable, message, { cause: error });
}

function isConnectionError(error: ClientError): boolean {
  if (error.name.startsWith('KafkaJS')) return error.name !== 'KafkaJSServerDoesNotSupportApiKey';
  // A socket destroyed while it is being written to surfaces as Node's own error.
  return typeof error.code === 'string';
}
