import { type RecordSchema, RUNS, str, long, int, bool, optional, record, storedValue, frame } from './avro-parts.js';

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
