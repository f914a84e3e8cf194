import { makeFairQueue } from './fair-queue.js';
import type { QueueObserver } from './queue-metrics.js';

/** `busy`: the queue is full, no thread was free in time, or nobody waits for it any more. */
export type ThreadOutcome<R> =
  | { readonly kind: 'result'; readonly result: R }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'busy' };

/** Whose request it is; `signal`: nobody waits for it any more, so it leaves the queue, or its thread is ended. */
export type Turn = { readonly tenant: string; readonly signal?: AbortSignal | undefined };

/** A request to a pool, until it is answered. */
export type Job<Q, R> = {
  readonly request: Q;
  readonly tenant: string;
  readonly since: number;
  /** When a thread took it up; before: when it came. */
  takenAt: number;
  readonly resolve: (outcome: ThreadOutcome<R>) => void;
  readonly reject: (cause: Error) => void;
  waitTimer?: NodeJS.Timeout;
};

export type QueueBounds = { readonly max: number; readonly maxOfTenant: number; readonly waitMs: number };

/** Jobs that no thread has taken up. */
export type WaitingJobs<Q, R> = {
  readonly add: (job: Job<Q, R>) => void;
  /** Refuses a job that was just added, where it is beyond the bounds; later, where it waits too long. @param free threads */
  readonly bound: (job: Job<Q, R>, free: number) => void;
  /** @param mayTake whose turn may come */
  readonly next: (mayTake: (tenant: string) => boolean) => Job<Q, R> | undefined;
  /** Whether a job of such a tenant waits. */
  readonly has: (tenantIs: (tenant: string) => boolean) => boolean;
  /** A thread is done with a job that it had taken up. */
  readonly over: (job: Job<Q, R>) => void;
  readonly leave: (job: Job<Q, R>) => void;
  readonly size: () => number;
  readonly rejectAll: (cause: Error) => void;
};

export function makeWaitingJobs<Q, R>(
  bounds: QueueBounds | undefined,
  observer: QueueObserver | undefined,
): WaitingJobs<Q, R> {
  const queue = makeFairQueue<Job<Q, R>>();
  const giveUp = (job: Job<Q, R>): void => {
    if (!queue.remove(job.tenant, job)) return;
    observer?.refused();
    job.resolve({ kind: 'busy' });
  };
  return {
    add: (job) => queue.add(job.tenant, job),
    bound: (job, free) => {
      if (bounds === undefined) return;
      // Requests that a thread is being started for are not behind anybody.
      const isFull = queue.size() > bounds.max + free || queue.sizeOf(job.tenant) > bounds.maxOfTenant + free;
      if (isFull) giveUp(job);
      else job.waitTimer = setTimeout(() => giveUp(job), bounds.waitMs).unref();
    },
    next: (mayTake) => {
      const job = queue.next(mayTake);
      if (job === undefined) return undefined;
      clearTimeout(job.waitTimer);
      job.takenAt = performance.now();
      observer?.taken(job.takenAt - job.since);
      return job;
    },
    leave: (job) => {
      clearTimeout(job.waitTimer);
      queue.remove(job.tenant, job);
    },
    over: ({ tenant, takenAt }) => queue.charge(tenant, performance.now() - takenAt),
    has: queue.has,
    size: queue.size,
    rejectAll: (cause) => {
      for (const job of queue.clear()) {
        clearTimeout(job.waitTimer);
        job.reject(cause);
      }
    },
  };
}

/** @param abandon called when nobody waits for the job any more */
export function makeJob<Q, R>(
  request: Q,
  { tenant, signal }: Turn,
  answer: Pick<Job<Q, R>, 'resolve' | 'reject'>,
  abandon: (job: Job<Q, R>) => void,
): Job<Q, R> {
  const onAbort = (): void => abandon(job);
  const over = (): void => signal?.removeEventListener('abort', onAbort);
  const now = performance.now();
  const job: Job<Q, R> = {
    ...{ request, tenant, since: now, takenAt: now },
    resolve: (outcome) => {
      over();
      answer.resolve(outcome);
    },
    reject: (cause) => {
      over();
      answer.reject(cause);
    },
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return job;
}
