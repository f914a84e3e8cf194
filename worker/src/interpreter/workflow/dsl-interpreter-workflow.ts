import type { FlowDefinition } from '@flowplane/contracts';
import { makeContinueAsNewFunc } from '@temporalio/workflow';
import type { RefusedFire, RunInput, RunResult, ScheduledInput } from '../../shared/run-input.js';
import { admitFire } from './admit-fire.js';
import { openInbox } from './perform-approval.js';
import { engineFailure } from './run-failure.js';
import { RunFault } from './run-fault.js';
import type { RunProgress } from './run-progress.js';
import { tellCompleted, tellThrown } from './run-ending.js';
import { openSession, type RunSession } from './run-session.js';
import { stateOf } from './run-values.js';
import { leaveStanding, notesOf } from './standing.js';
import { walkRun, type WalkEnd } from './walk-run.js';

/**
 * Executes one run of a flow (flow-language 4 to 11). Deterministic: time, expressions and effects come from the
 * engine. Changing the order of its commands needs a patch; the recorded histories hold it to that.
 */
export async function DslInterpreterWorkflow(
  input: RunInput | ScheduledInput,
  definition?: FlowDefinition,
  progress?: RunProgress,
): Promise<RunResult | RefusedFire> {
  if ('scheduled' in input) {
    const admitted = await admitFire(input.scheduled);
    return 'run' in admitted ? interpret(admitted.run, admitted.definition) : admitted;
  }
  // A run that was not started by the schedule always has it.
  return interpret(input, definition as FlowDefinition, progress);
}

async function interpret(run: RunInput, definition: FlowDefinition, progress?: RunProgress): Promise<RunResult> {
  const session = openSession(run, definition, progress);
  openInbox(session);
  let end: WalkEnd;
  try {
    end = await walkRun(session);
  } catch (thrown) {
    leaveStanding(session, thrown);
    tellThrown(session, thrown);
    throw thrown instanceof RunFault ? engineFailure(thrown) : thrown;
  }
  if (end === 'continue-as-new') {
    return makeContinueAsNewFunc<typeof interpret>()(run, definition, progressOf(session));
  }
  const result = resultOf(session);
  tellCompleted(session, result);
  return result;
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
    decided: session.decisions.open(),
    taskInputBytes: session.taskInputBytes,
    startedAtMs: session.execution.startedAtMs,
  };
}
