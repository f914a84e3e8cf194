import { param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { commandMeta } from '../../submit/command-meta.js';
import type { ShellContext } from '../shell-context.js';
import { submit } from '../../submit/submit.js';

type ScheduleCommand = 'PauseSchedule' | 'ResumeSchedule' | 'TriggerSchedule';

/** POST /flows/{flowId}/schedule/… */
const scheduleRoute =
  (type: ScheduleCommand) =>
  (context: ShellContext, call: Call): Promise<Answer> => {
    const flowId = param(call, 'flowId');
    const meta = commandMeta(call);
    return submit(context, { call, command: () => Promise.resolve({ type, meta, data: { flowId } }) });
  };

export const pauseSchedule = scheduleRoute('PauseSchedule');
export const resumeSchedule = scheduleRoute('ResumeSchedule');
export const triggerSchedule = scheduleRoute('TriggerSchedule');

/** What schedule commands answer where no engine is configured: nothing fires. */
export function schedulingDisabled(): Promise<Answer> {
  return Promise.reject(refusal('FLOW_SCHEDULING_DISABLED'));
}
