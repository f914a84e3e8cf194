import { parentPort, workerData } from 'node:worker_threads';
import { ownThreadId } from './thread-cpu.js';

/**
 * The thread's side of a `ThreadPool`: answers one request at a time. The pool ends this thread when a request
 * takes too long. A request that throws breaks the thread, and the pool starts another one.
 *
 * @param prepare makes the function that answers, from the pool's `data`
 */
export function serveThread<D, Q, R>(prepare: (data: D) => (request: Q) => R): void {
  const answer = prepare(workerData as D);
  const port = parentPort;
  if (port === null) throw new Error('this file is for a worker thread');
  port.on('message', (request: Q) => {
    port.postMessage({ kind: 'begun' });
    port.postMessage({ kind: 'result', result: answer(request) });
  });
  port.postMessage({ kind: 'ready', threadId: ownThreadId() });
}
