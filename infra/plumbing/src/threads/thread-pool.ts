import { Worker } from 'node:worker_threads';
import type { Logger } from '../logging/index.js';
import type { QueueObserver } from './queue-metrics.js';
import { lowerPriority, startRequestClock } from './thread-cpu.js';
import {
  makeJob,
  makeWaitingJobs,
  type Job,
  type QueueBounds,
  type ThreadOutcome,
  type Turn,
  type WaitingJobs,
} from './waiting-jobs.js';

export type ThreadPoolOptions = {
  /** What the pool is for, in log lines and errors. */
  readonly name: string;
  /** A compiled file that calls `serveThread`. */
  readonly file: URL;
  /** Most threads of one tenant at once. While they hold all of these, there is one more for those who hold none. */
  readonly threads: number;
  /** Whether all threads are started at once; otherwise each with the first request that finds none free. */
  readonly eager: boolean;
  /** Longest time a thread may take for a request, in ms. */
  readonly timeoutMs: number;
  /**
   * What `timeoutMs` counts. `cpu`: the thread's own CPU time, so that a busy machine refuses no request that is cheap;
   * by the clock a request may then take ten times as long. Where the kernel does not tell, the clock counts. Such threads
   * have a lower priority than the process.
   */
  readonly clock: 'wall' | 'cpu';
  /** Heap of one thread, in MiB. */
  readonly maxHeapMb: number;
  /** Most requests that wait for a thread, of all tenants and of one, and for how many ms; default: no bound. */
  readonly queue?: QueueBounds;
  readonly observer?: QueueObserver;
  /** What every thread gets once, at its start. */
  readonly data: unknown;
  readonly logger: Pick<Logger, 'warn'>;
};

/** Work off the caller's thread, in threads that can be ended. They do not keep the process alive. */
export type ThreadPool<Q, R> = {
  /**
   * Requests of tenants are begun in turns, however many one of them has sent, and by the time that threads were busy with
   * those before.
   *
   * @throws Error when a thread cannot be had or breaks, and not because of the request: to be tried again
   */
  readonly run: (request: Q, turn: Turn) => Promise<ThreadOutcome<R>>;
  readonly close: () => Promise<void>;
};

type Thread<Q, R> = {
  readonly worker: Worker;
  ready: boolean;
  /** As the kernel knows it, where it does. */
  threadId: string | undefined;
  job: Job<Q, R> | undefined;
  timer: NodeJS.Timeout | undefined;
};
type Message<R> =
  | { readonly kind: 'ready'; readonly threadId: string | undefined }
  | { readonly kind: 'begun' }
  | { readonly kind: 'result'; readonly result: R };

/** Longest wait for a thread of a busy machine to take a request up, in ms; nothing of it counts as its work. */
const TAKE_UP_MS = 10_000;

const RESTART_DELAY_MS = 1000;

export function makeThreadPool<Q, R>(options: ThreadPoolOptions): ThreadPool<Q, R> {
  const { name, logger } = options;
  const waiting = makeWaitingJobs<Q, R>(options.queue, options.observer);
  const threads = new Set<Thread<Q, R>>();
  /** Places of threads that could not even start, for a while: they would otherwise be started without end. */
  let resting = 0;
  let closed = false;

  const { mayTake, places } = sharesOf(threads, waiting, options.threads);
  const rest = (): void => {
    resting++;
    setTimeout(() => {
      resting--;
      fill();
    }, RESTART_DELAY_MS).unref();
  };
  const finish = (thread: Thread<Q, R>): Job<Q, R> | undefined => finished(thread, waiting);
  /** Ends a thread whatever it does; another one may take its place. */
  const replace = (thread: Thread<Q, R>): void => {
    if (!threads.delete(thread)) return;
    thread.worker.removeAllListeners();
    thread.worker.on('error', () => undefined);
    void thread.worker.terminate();
    if (!thread.ready && !closed) rest();
    fill();
  };
  const assign = (thread: Thread<Q, R>): void => {
    const job = thread.ready && thread.job === undefined ? waiting.next(mayTake) : undefined;
    if (job === undefined) return;
    thread.job = job;
    thread.timer = setTimeout(() => {
      finish(thread)?.reject(new Error(`${name}: no thread took the request up`));
      replace(thread);
    }, TAKE_UP_MS);
    thread.worker.postMessage(job.request);
  };
  /** Ends the thread when the request it has begun takes too long. */
  const watch = (thread: Thread<Q, R>): void => {
    clearTimeout(thread.timer);
    const leftMs = startRequestClock(options, thread.threadId);
    const check = (): void => {
      const ms = leftMs();
      if (ms > 0) return void (thread.timer = setTimeout(check, ms));
      finish(thread)?.resolve({ kind: 'too-long' });
      return replace(thread);
    };
    check();
  };
  const onMessage = (thread: Thread<Q, R>, message: Message<R>): void => {
    if (message.kind === 'begun') return watch(thread);
    if (message.kind === 'ready') getReady(thread, message.threadId, options);
    else finish(thread)?.resolve({ kind: 'result', result: message.result });
    assign(thread);
  };
  const onBroken = (thread: Thread<Q, R>, cause: Error & { readonly code?: string }): void => {
    const job = finish(thread);
    if (cause.code === 'ERR_WORKER_OUT_OF_MEMORY') job?.resolve({ kind: 'out-of-memory' });
    else job?.reject(cause);
    if (job === undefined && !closed) logger.warn({ err: cause }, `${name}: a thread broke`);
    replace(thread);
  };
  const open = (): void => {
    const worker = startWorker(options);
    const thread: Thread<Q, R> = { worker, ready: false, threadId: undefined, job: undefined, timer: undefined };
    threads.add(thread);
    worker.on('message', (message: Message<R>) => onMessage(thread, message));
    worker.on('error', (cause: Error) => onBroken(thread, cause));
    worker.on('exit', (code) => onBroken(thread, new Error(`${name}: a thread ended with ${code}`)));
  };
  /** Gives waiting requests to free threads and opens as many as there is work for, or all. */
  const fill = (): void => {
    if (closed) return;
    for (const thread of threads) assign(thread);
    const starting = [...threads].filter((thread) => !thread.ready).length;
    const most = places();
    const wanted = options.eager ? most : waiting.size() - starting;
    for (let count = 0; count < wanted && threads.size + resting < most; count++) open();
  };
  fill();

  const abandon = (job: Job<Q, R>): void => {
    const thread = [...threads].find((one) => one.job === job);
    if (thread === undefined) waiting.leave(job);
    else {
      finish(thread);
      replace(thread);
    }
    job.resolve({ kind: 'busy' });
  };

  return {
    run: (request, turn) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error(`${name}: closed`));
        if (turn.signal?.aborted === true) return resolve({ kind: 'busy' });
        const job = makeJob<Q, R>(request, turn, { resolve, reject }, abandon);
        waiting.add(job);
        fill();
        return waiting.bound(job, Math.max(0, options.threads - busy(threads)));
      }),
    close: async () => {
      closed = true;
      waiting.rejectAll(new Error(`${name}: closed`));
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}

/** Who may have how many threads. */
function sharesOf<Q, R>(threads: ReadonlySet<Thread<Q, R>>, waiting: WaitingJobs<Q, R>, most: number) {
  const held = (tenant: string): number => [...threads].filter(({ job }) => job?.tenant === tenant).length;
  return {
    mayTake: (tenant: string): boolean => held(tenant) < most,
    /** Threads there may be: one more while all are busy and somebody waits who holds none. */
    places: (): number => most + (busy(threads) >= most && waiting.has((tenant) => held(tenant) === 0) ? 1 : 0),
  };
}

/** Takes the request off a thread, with its clock; its tenant had that time. */
function finished<Q, R>(thread: Thread<Q, R>, waiting: WaitingJobs<Q, R>): Job<Q, R> | undefined {
  const { job } = thread;
  clearTimeout(thread.timer);
  thread.job = undefined;
  if (job !== undefined) waiting.over(job);
  return job;
}

function getReady<Q, R>(
  thread: Thread<Q, R>,
  threadId: string | undefined,
  { clock }: Pick<ThreadPoolOptions, 'clock'>,
): void {
  Object.assign(thread, { ready: true, threadId });
  // By the wall clock it would lose the time in which others compute.
  if (clock === 'cpu') lowerPriority(threadId);
}

function startWorker({ file, data, maxHeapMb }: ThreadPoolOptions): Worker {
  const worker = new Worker(file, {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    // Nothing of the process's own flags: some change how modules are found.
    execArgv: ['--enable-source-maps'],
  });
  worker.unref();
  return worker;
}

const busy = (threads: ReadonlySet<{ readonly job: unknown }>): number =>
  [...threads].filter(({ job }) => job !== undefined).length;
