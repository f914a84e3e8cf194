import { Worker } from 'node:worker_threads';
import type { RunLimits } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import type { EvaluationRequest } from '../workflow/local-activities.js';
import type { EvaluationOutcome } from './evaluate-request.js';
import { threadCpuMs } from './thread-cpu.js';

export type ExpressionPoolOptions = {
  readonly threads: number;
  /** FLOWS_EXPR_TIMEOUT: longest evaluation, in ms. */
  readonly timeoutMs: number;
  /** Heap of one thread, in MiB: an expression that needs more fails. */
  readonly maxHeapMb?: number;
  readonly limits: RunLimits;
  readonly logger: Pick<Logger, 'warn'>;
  /** The compiled thread; elsewhere only in tests that run from sources. */
  readonly threadFile?: URL;
};

/** Evaluates off the caller's thread, in threads that can be ended. */
export type ExpressionPool = {
  /** @throws Error when a thread cannot be had or breaks for reasons of its own: to be tried again */
  readonly evaluate: (request: EvaluationRequest) => Promise<EvaluationOutcome>;
  readonly close: () => Promise<void>;
};

type Job = {
  readonly request: EvaluationRequest;
  readonly resolve: (outcome: EvaluationOutcome) => void;
  readonly reject: (cause: Error) => void;
};
type Thread = {
  readonly worker: Worker;
  ready: boolean;
  /** As the kernel knows it, where it does. */
  threadId: string | undefined;
  job: Job | undefined;
  timer: NodeJS.Timeout | undefined;
};
type Message =
  | { readonly kind: 'ready'; readonly threadId: string | undefined }
  | { readonly kind: 'begun' }
  | { readonly kind: 'done'; readonly outcome: EvaluationOutcome };

const DEFAULT_HEAP_MB = 256;
/** Longest wait for a thread of a busy machine to take a request up, in ms; nothing of it counts as evaluation. */
const TAKE_UP_MS = 10_000;

const RESTART_DELAY_MS = 1000;
/** What counts is the thread's own CPU time; a machine this many times too busy ends an evaluation all the same. */
const MAX_STARVATION = 10;

const refused = (reason: string): EvaluationOutcome => ({ ok: false, code: 'InvalidExpression', reason });

export function makeExpressionPool(options: ExpressionPoolOptions): ExpressionPool {
  const { timeoutMs, maxHeapMb = DEFAULT_HEAP_MB, logger } = options;
  const file = options.threadFile ?? new URL('./expression-thread.js', import.meta.url);
  const waiting: Job[] = [];
  const threads = new Set<Thread>();
  let closed = false;

  const finish = (thread: Thread): Job | undefined => {
    const { job } = thread;
    clearTimeout(thread.timer);
    thread.job = undefined;
    return job;
  };
  /** Ends a thread whatever it does, and has another one take its place. */
  const replace = (thread: Thread): void => {
    if (!threads.delete(thread)) return;
    thread.worker.removeAllListeners();
    thread.worker.on('error', () => undefined);
    void thread.worker.terminate();
    if (closed) return;
    // A thread that could not even start would otherwise be started without end.
    if (thread.ready) open();
    else setTimeout(() => (closed ? undefined : open()), RESTART_DELAY_MS).unref();
  };
  const assign = (thread: Thread): void => {
    const job = thread.ready && thread.job === undefined ? waiting.shift() : undefined;
    if (job === undefined) return;
    thread.job = job;
    thread.timer = setTimeout(() => {
      finish(thread)?.reject(new Error('no expression thread took the request up'));
      replace(thread);
    }, TAKE_UP_MS);
    thread.worker.postMessage(job.request);
  };
  const watch = (thread: Thread): void => {
    clearTimeout(thread.timer);
    const used = stopwatch(thread.threadId);
    const check = (): void => {
      const { cpuMs, wallMs } = used();
      if (cpuMs < timeoutMs && wallMs < timeoutMs * MAX_STARVATION) {
        thread.timer = setTimeout(check, Math.max(10, timeoutMs - cpuMs));
        return;
      }
      finish(thread)?.resolve(refused(`the evaluation takes longer than ${timeoutMs} ms`));
      replace(thread);
    };
    thread.timer = setTimeout(check, timeoutMs);
  };
  const onMessage = (thread: Thread, message: Message): void => {
    if (message.kind === 'begun') return watch(thread);
    if (message.kind === 'done') finish(thread)?.resolve(message.outcome);
    else Object.assign(thread, { ready: true, threadId: message.threadId });
    assign(thread);
  };
  const open = (): void => {
    const worker = new Worker(file, {
      workerData: options.limits,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
      // Nothing of the process's own flags: some change how modules are found.
      execArgv: ['--enable-source-maps'],
    });
    const thread: Thread = { worker, ready: false, threadId: undefined, job: undefined, timer: undefined };
    threads.add(thread);
    worker.on('message', (message: Message) => onMessage(thread, message));
    worker.on('error', (cause: Error & { readonly code?: string }) => {
      const job = finish(thread);
      if (cause.code === 'ERR_WORKER_OUT_OF_MEMORY') job?.resolve(refused('the evaluation needs too much memory'));
      else job?.reject(cause);
      if (job === undefined) logger.warn({ err: cause }, 'an expression thread broke');
      replace(thread);
    });
    worker.unref();
  };
  for (let count = 0; count < options.threads; count++) open();

  return {
    evaluate: (request) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the expression threads are closed'));
        waiting.push({ request, resolve, reject });
        for (const thread of threads) assign(thread);
        return undefined;
      }),
    close: async () => {
      closed = true;
      for (const job of waiting.splice(0)) job.reject(new Error('the expression threads are closed'));
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}

/** Time since this call: of the thread's CPU where it can be known, and of the clock. */
function stopwatch(threadId: string | undefined): () => { readonly cpuMs: number; readonly wallMs: number } {
  const cpuAtStart = threadCpuMs(threadId);
  const startedAt = performance.now();
  return () => {
    const wallMs = performance.now() - startedAt;
    const cpuNow = threadCpuMs(threadId);
    const cpuMs = cpuAtStart === undefined || cpuNow === undefined ? wallMs : cpuNow - cpuAtStart;
    return { cpuMs, wallMs };
  };
}
