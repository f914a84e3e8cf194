import {
  BSON,
  MongoError,
  MongoNetworkError,
  MongoRuntimeError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { finalError, isUnreachable, retryableError, TaskError } from '../../task-error.js';

const DUPLICATE_KEY = [11_000, 11_001, 12_582];
const NOT_ALLOWED = 13;
/** Wrong name or password, and a way to authenticate that the server does not have. */
const NOT_LET_IN = [18, 334, 352];
const NO_SUCH_COLLECTION = [26, 73];
const TOO_LONG = [50, 202, 262, 24];
/** The server is going down, is no primary, is full, lost another server, or met another write. */
const FOR_NOW = new Set([
  6, 7, 43, 46, 64, 79, 89, 91, 112, 134, 136, 146, 175, 189, 237, 244, 246, 251, 317, 384, 9001, 10_107, 11_600,
  11_602, 13_388, 13_435, 13_436, 14_031,
]);
/** Values that do not fit: bad value, failed to parse, type mismatch, too deep, names of fields, immutable, validation, too large. */
const UNFIT = new Set([
  2, 9, 14, 15, 16, 28, 40, 52, 54, 55, 56, 57, 58, 66, 121, 10_334, 16_755, 17_280, 17_419, 51_091,
]);

/** Errors of the driver's pool and of the time it may take, by name: they have no class in common. */
const OF_THE_POOL = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoPoolClearedOnNetworkError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
]);

/**
 * A fault of the driver as the task's. Messages hold codes, and nothing that a server said.
 *
 * @param isOperators the database is the operator's, not that of a tenant's connection
 */
export function asDocumentError(thrown: unknown, isOperators = true): unknown {
  if (thrown instanceof TaskError) return thrown;
  if (thrown instanceof MongoServerError) return asServerError(thrown, isOperators);
  if (
    thrown instanceof MongoNetworkError ||
    thrown instanceof MongoServerSelectionError ||
    (thrown instanceof MongoError && OF_THE_POOL.has(thrown.name)) ||
    isUnreachable(thrown)
  ) {
    return unavailable('connection lost');
  }
  if (thrown instanceof BSON.BSONError) {
    return finalError('VALIDATION_ERROR', 'A document or a filter holds what the database has no type for.');
  }
  if (thrown instanceof MongoRuntimeError) {
    return finalError('UPSTREAM_ERROR', 'The document database does not answer as its driver understands it.');
  }
  return thrown;
}

function asServerError(thrown: MongoServerError, isOperators: boolean): unknown {
  const code = Number(thrown.code);
  if (DUPLICATE_KEY.includes(code)) {
    return finalError('CONFLICT', 'A document with this id, or with this value of a unique index, is there already.');
  }
  if (NOT_LET_IN.includes(code)) {
    const refusal = isOperators ? 'CAPABILITY_UNAVAILABLE' : 'FORBIDDEN';
    return finalError(refusal, `The document database does not let the worker in (${code}).`);
  }
  if (code === NOT_ALLOWED) return finalError('FORBIDDEN', 'The document database does not allow this.');
  if (NO_SUCH_COLLECTION.includes(code)) return noSuchCollection();
  if (TOO_LONG.includes(code)) return tookTooLong();
  if (UNFIT.has(code)) return finalError('VALIDATION_ERROR', `The document database refuses a value (${code}).`);
  if (FOR_NOW.has(code) || thrown.hasErrorLabel('RetryableWriteError')) return unavailable(String(code));
  return finalError('UPSTREAM_ERROR', `The document database failed (${code}).`);
}

const unavailable = (why: string): TaskError =>
  retryableError('UPSTREAM_UNAVAILABLE', `The document database is not available (${why}).`);

export const tookTooLong = (): TaskError => retryableError('TIMEOUT', 'The operation took too long and was ended.');

export const noSuchCollection = (): TaskError =>
  finalError('SCHEMA_ERROR', '/collectionName: there is no such collection.');
