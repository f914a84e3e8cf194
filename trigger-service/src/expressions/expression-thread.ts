import type { RunLimits } from '@flowplane/contracts/flow';
import { serveThread } from '@flowplane/plumbing/threads';
import { evaluateTrigger, type TriggerQuestion } from './evaluate-trigger.js';

serveThread((limits: RunLimits) => (question: TriggerQuestion) => evaluateTrigger(question, limits));
