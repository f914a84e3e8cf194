import type { Operation } from '../api/may.js';

/** Commands that no role is asked for (flows-api 4): what people do with runs. */
export const WITHOUT_ROLE: readonly Operation[] = [
  'startExecution',
  'cancelExecution',
  'retryExecution',
  'signalExecution',
];

/** Who may do something, for somebody who may not. */
export const whoMay = (operation: Operation): string =>
  WITHOUT_ROLE.includes(operation)
    ? 'No role is needed for it, but what you have signed in with is for reading or for changing flows only: sign in in another way.'
    : 'Owners and administrators of the tenant or the workspace may, and an API key never does: ask one of them for the role, or sign in as somebody who has it.';
