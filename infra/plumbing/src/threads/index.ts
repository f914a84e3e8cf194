export { serveThread } from './serve-thread.js';
export { queueMetrics, type QueueObserver } from './queue-metrics.js';
export { makeThreadPool, type ThreadPool, type ThreadPoolOptions } from './thread-pool.js';
export type { Turn } from './waiting-jobs.js';
