import { hasUnsaved } from '../author/unsaved.js';
import { wouldLose } from '../parts/leave-question.js';
import { useSession } from './session.js';

const LOST = 'Sign out? What you have written and not saved is thrown away, in all flows of this tab.';

/** Signs out, after a question where something would be lost by that. */
export function useSignOut(): () => void {
  const { signOut } = useSession();
  return () => {
    if ((!hasUnsaved() && !wouldLose()) || confirm(LOST)) signOut();
  };
}
