import type { OperationName } from '../schema/index.js';
import { CALLER_EXAMPLES } from './caller-examples.js';
import { CONNECTION_EXAMPLES } from './connection-examples.js';
import { EXECUTION_EXAMPLES } from './execution-examples.js';
import { FLOW_EXAMPLES } from './flow-examples.js';
import { GOVERNANCE_EXAMPLES } from './governance-examples.js';
import type { OperationExamples } from './operation-examples.js';
import { OPERATOR_EXAMPLES } from './operator-examples.js';
import { TEMPLATE_EXAMPLES } from './template-examples.js';
import { TRIGGER_EXAMPLES } from './trigger-examples.js';

/** Examples of every operation, one file per group of routes. A test names the operation that lacks one. */
export const EXAMPLES: Readonly<Partial<Record<OperationName, OperationExamples>>> = {
  ...FLOW_EXAMPLES,
  ...EXECUTION_EXAMPLES,
  ...TRIGGER_EXAMPLES,
  ...GOVERNANCE_EXAMPLES,
  ...OPERATOR_EXAMPLES,
  ...TEMPLATE_EXAMPLES,
  ...CONNECTION_EXAMPLES,
  ...CALLER_EXAMPLES,
};

export { PENDING_COMMAND, type Examples } from './operation-examples.js';
