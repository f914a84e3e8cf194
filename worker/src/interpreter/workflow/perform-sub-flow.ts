import type { SubFlowNode } from '@flowplane/contracts';
import type { Settled } from '../../planner/index.js';
import { RunFault } from './run-fault.js';
import type { RunSession } from './run-session.js';

/** Sub-flows need a loader of published versions (10.2); until the worker has one the run fails, honestly. */
export async function performSubFlow(_session: RunSession, node: SubFlowNode): Promise<Settled> {
  throw new RunFault(node.id, 'CAPABILITY_UNAVAILABLE', 'This worker has no loader of sub-flow definitions.');
}
