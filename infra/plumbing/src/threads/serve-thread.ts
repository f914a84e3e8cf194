import { parentPort, workerData } from 'node:worker_threads';

/**
 * The thread's side of a `ThreadPool`: answers one request at a time. Whoever holds the other end ends this thread when
 * a request takes too long; one that throws breaks the thread, and the pool has another one take its place.
 *
 * @param prepare makes the function that answers, from the pool's `data`
 */
export function serveThread<D, Q, R>(prepare: (data: D) => (request: Q) => R): void {
  const answer = prepare(workerData as D);
  const port = parentPort;
  if (port === null) throw new Error('this file is for a worker thread');
  port.on('message', (request: Q) => {
    port.postMessage('begun');
    port.postMessage({ result: answer(request) });
  });
  port.postMessage('ready');
}
