import { parentPort, workerData } from 'node:worker_threads';
import type { RunLimits } from '@flowplane/contracts';
import type { EvaluationRequest } from '../workflow/local-activities.js';
import { evaluateRequest } from './evaluate-request.js';
import { ownThreadId } from './thread-cpu.js';

// One evaluation at a time. Whoever holds the other end ends this thread when an evaluation takes too long.
const limits = workerData as RunLimits;
parentPort?.on('message', (request: EvaluationRequest) => {
  parentPort?.postMessage({ kind: 'begun' });
  parentPort?.postMessage({ kind: 'done', outcome: evaluateRequest(request, limits) });
});
parentPort?.postMessage({ kind: 'ready', threadId: ownThreadId() });
