export { serveThread } from './serve-thread.js';
export { makeThreadPool, type ThreadOutcome, type ThreadPool, type ThreadPoolOptions } from './thread-pool.js';
