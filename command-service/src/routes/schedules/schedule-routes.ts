import { isLongerThan, MAX_NOTE_LENGTH } from '@flowplane/contracts';
import { jsonObjectIfAny, param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { commandMeta } from '../../submit/command-meta.js';
import type { ShellContext } from '../shell-context.js';
import { submit } from '../../submit/submit.js';

/** POST /flows/{flowId}/schedule/pause and …/resume */
const notedRoute =
  (type: 'PauseSchedule' | 'ResumeSchedule') =>
  async (context: ShellContext, call: Call): Promise<Answer> => {
    const data = { flowId: param(call, 'flowId'), note: noteOf(jsonObjectIfAny(call)) };
    const meta = commandMeta(call);
    return submit(context, { call, command: () => Promise.resolve({ type, meta, data }) });
  };

export const pauseSchedule = notedRoute('PauseSchedule');
export const resumeSchedule = notedRoute('ResumeSchedule');

/** POST /flows/{flowId}/schedule/trigger */
export function triggerSchedule(context: ShellContext, call: Call): Promise<Answer> {
  const data = { flowId: param(call, 'flowId') };
  const meta = commandMeta(call);
  return submit(context, { call, command: () => Promise.resolve({ type: 'TriggerSchedule', meta, data }) });
}

/** A blank one is none. @throws Refusal 400 INVALID_TEXT */
export function noteOf({ note = null }: Readonly<Record<string, unknown>>): string | null {
  if (note === null) return null;
  if (typeof note !== 'string' || isLongerThan(note, MAX_NOTE_LENGTH)) {
    throw refusal('INVALID_TEXT', { message: `note must be a text of at most ${MAX_NOTE_LENGTH} characters.` });
  }
  return note.trim() === '' ? null : note;
}

/** What schedule commands answer where no engine is configured: nothing fires. */
export function schedulingDisabled(): Promise<Answer> {
  return Promise.reject(refusal('FLOW_SCHEDULING_DISABLED'));
}
