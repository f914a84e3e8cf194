import type { FlowDefinition } from '@flowplane/contracts';
import { makeContinueAsNewFunc } from '@temporalio/workflow';
import type { RunInput, RunResult } from '../../run-input.js';
import { openInbox } from './perform-approval.js';
import { engineFailure } from './run-failure.js';
import { RunFault } from './run-fault.js';
import type { RunProgress } from './run-progress.js';
import { openSession, tellEnding, type RunSession } from './run-session.js';
import { stateOf } from './run-values.js';
import { leaveStanding, notesOf } from './standing.js';
import { walkRun, type WalkEnd } from './walk-run.js';

/**
 * Executes one run of a flow (flow language 4 to 11). Deterministic: time, expressions and effects come from the
 * engine. Changing the order of its commands needs a patch; the recorded histories hold it to that.
 */
export async function DslInterpreterWorkflow(
  run: RunInput,
  definition: FlowDefinition,
  progress?: RunProgress,
): Promise<RunResult> {
  const session = openSession(run, definition, progress);
  openInbox(session);
  let end: WalkEnd;
  try {
    end = await walkRun(session);
  } catch (thrown) {
    leaveStanding(session, thrown);
    tellEnding(session);
    throw thrown instanceof RunFault ? engineFailure(thrown) : thrown;
  }
  if (end === 'continue-as-new') {
    return makeContinueAsNewFunc<typeof DslInterpreterWorkflow>()(run, definition, progressOf(session));
  }
  tellEnding(session);
  return resultOf(session);
}

function resultOf(session: RunSession): RunResult {
  const notes = notesOf(session);
  return {
    status: 'completed',
    flowName: session.flow.name,
    flowVersion: session.run.envelope.flowVersion,
    trace: session.state.trace,
    state: stateOf(session.values),
    ...(notes === undefined ? {} : { notes }),
  };
}

function progressOf(session: RunSession): RunProgress {
  return {
    plan: session.state,
    outputs: session.values.outputs,
    inbox: session.inbox,
    begun: [...session.begun.values()],
    arms: [...session.arms],
    startedAtMs: session.execution.startedAtMs,
  };
}
