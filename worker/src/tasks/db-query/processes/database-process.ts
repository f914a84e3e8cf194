import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@flowplane/contracts';
import { isJsonObject } from '@flowplane/contracts/flow/json';
import { exceededBound } from '@flowplane/plumbing/json';
import { finalError, retryableError, TaskError } from '../../task-error.js';
import {
  MAX_PROCESS_MIB,
  READY,
  type DatabaseAnswer,
  type DatabaseCall,
  type DatabaseEngine,
} from './database-call.js';

/** A process of the driver of one tenant's database. Nothing that it does, or that is done to it, reaches the worker. */
export type DatabaseProcess = {
  /**
   * One call; there must be no other one under way. The process is ended with a call that is given up or takes too long.
   *
   * @param signal of the attempt
   * @param timeoutMs from when the process takes the call up
   * @throws TaskError of the query, `TIMEOUT`, `UPSTREAM_UNAVAILABLE` where the process ends; the signal's reason
   */
  readonly ask: (
    call: DatabaseCall,
    bounds: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ) => Promise<JsonObject>;
  /** Lets the driver take leave of its server, and ends it. */
  readonly close: () => void;
  /** Ends it at once. */
  readonly stop: () => void;
  /** Once it is gone: how it ended, where nobody here has ended it. */
  readonly gone: Promise<string | undefined>;
  readonly isGone: () => boolean;
};

export type ProcessOptions = {
  readonly engine: DatabaseEngine;
  /** The compiled `child/driver-process.js`. */
  readonly file: URL;
  /** FLOWS_MAX_TASK_IO_BYTES. */
  readonly maxOutputBytes: number;
  /** Longest wait for a process to be ready, ms; default 30 s: a machine may be busy. */
  readonly startTimeoutMs?: number;
};

/** Longest wait for a process of a busy machine to be ready, ms. */
const START_TIMEOUT_MS = 30_000;
/** Time for a process to end by itself, ms. */
const GOODBYE_MS = 3000;
/** Bytes of an answer beside its result. */
const ENVELOPE_BYTES = 65_536;
/** Levels of an answer: what becomes of an output recurses. */
const MAX_LEVELS = 500;
/** Heap of the part of the process that only passes lines on, MiB. */
const MAIN_HEAP_MIB = 64;
const LINE_END = 0x0a;

const MIB = 1_048_576;

const ended = (): TaskError =>
  retryableError(
    'UPSTREAM_UNAVAILABLE',
    'The process that spoke to the database of the connection has ended: the server sent what its driver does not bear, or the process was stopped.',
  );

export function startDatabaseProcess(options: ProcessOptions): DatabaseProcess {
  const child = spawnDriver(options);
  const maxLineBytes = options.maxOutputBytes + ENVELOPE_BYTES;
  let waiting: { readonly resolve: (line: Buffer) => void; readonly reject: (cause: Error) => void } | undefined;
  let isGone = false;
  let received: Buffer[] = [];
  let receivedBytes = 0;

  const fail = (cause: Error): void => {
    waiting?.reject(cause);
    waiting = undefined;
  };
  const kill = (cause: Error = ended()): void => {
    isGone = true;
    child.kill('SIGKILL');
    fail(cause);
  };
  const gone = new Promise<string | undefined>((resolve) => {
    const over = (how: string): void => {
      resolve(isGone ? undefined : how);
      isGone = true;
      fail(ended());
    };
    child.once('close', (code, signal) => over(signal === null ? `code ${code}` : `signal ${signal}`));
    child.once('error', (cause) => over(`it could not be started: ${cause.message}`));
  });
  child.stdin.on('error', () => undefined); // it has ended, which is noticed above
  child.stdout.on('data', (chunk: Buffer) => {
    received.push(chunk);
    receivedBytes += chunk.length;
    if (waiting === undefined || receivedBytes > maxLineBytes) return kill();
    const at = chunk.indexOf(LINE_END);
    if (at === -1) return undefined;
    if (at !== chunk.length - 1) return kill();
    const line = Buffer.concat(received).subarray(0, -1);
    [received, receivedBytes] = [[], 0];
    const { resolve } = waiting;
    waiting = undefined;
    return resolve(line);
  });
  const nextLine = (): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      if (isGone) reject(ended());
      else waiting = { resolve, reject };
    });

  const ready = nextLine();
  ready.catch(() => undefined); // `ask` reports it
  const late = setTimeout(() => kill(notStarted()), options.startTimeoutMs ?? START_TIMEOUT_MS);
  void ready
    .then((line) => line.toString() !== READY && kill())
    .catch(() => undefined)
    .finally(() => clearTimeout(late));

  return {
    ask: async (call, { signal, timeoutMs }) => {
      const onAbort = (): void => kill(signal.reason as Error);
      signal.throwIfAborted();
      signal.addEventListener('abort', onAbort, { once: true });
      let timer: NodeJS.Timeout | undefined;
      try {
        await ready;
        timer = setTimeout(() => kill(tookTooLong()), timeoutMs);
        const answered = nextLine();
        child.stdin.write(`${JSON.stringify(call)}\n`);
        return resultIn(await answered);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      }
    },
    close: () => {
      isGone = true;
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), GOODBYE_MS);
      void gone.then(() => clearTimeout(timer));
    },
    stop: () => kill(),
    gone,
    isGone: () => isGone,
  };
}

function spawnDriver({ engine, file }: ProcessOptions) {
  const args = [`--max-old-space-size=${MAIN_HEAP_MIB}`, fileURLToPath(file), engine, String(MAX_PROCESS_MIB * MIB)];
  const { NODE_EXTRA_CA_CERTS: authorities } = process.env;
  return spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Nothing that the worker knows, but for whom the operator trusts.
    env: authorities === undefined ? {} : { NODE_EXTRA_CA_CERTS: authorities },
  });
}

const notStarted = (): TaskError =>
  retryableError(
    'UPSTREAM_UNAVAILABLE',
    'The process for the database of the connection could not be started in time.',
  );

const tookTooLong = (): TaskError => retryableError('TIMEOUT', 'The query took too long and was ended.');

/** @throws TaskError */
function resultIn(line: Buffer): JsonObject {
  if (exceededBound(line, { depth: MAX_LEVELS }) !== undefined) {
    throw finalError('UPSTREAM_ERROR', `The database sent a value that is nested deeper than ${MAX_LEVELS} levels.`);
  }
  const answer = answerIn(line);
  if (!answer.ok) throw new TaskError(answer.code, answer.message, answer.retryable);
  if (!isJsonObject(answer.result)) throw ended();
  return answer.result;
}

/** @throws TaskError where the process says what none of ours would */
function answerIn(line: Buffer): DatabaseAnswer {
  try {
    return JSON.parse(line.toString('utf8')) as DatabaseAnswer;
  } catch {
    throw ended();
  }
}
