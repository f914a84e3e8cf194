import type { RunLimits } from '@flowplane/contracts';
import { serveThread } from '@flowplane/plumbing/threads';
import type { EvaluationRequest } from '../workflow/local-activities.js';
import { evaluateRequest } from './evaluate-request.js';

serveThread((limits: RunLimits) => (request: EvaluationRequest) => evaluateRequest(request, limits));
