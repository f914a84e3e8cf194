import { hasUnsaved } from '../author/unsaved.js';
import { openQuestions } from '../parts/leave-question.js';
import { useSession } from './session.js';

const LOSES_TEXT = 'What you have written and not saved is thrown away, in all flows of this tab.';

/** Signs out, after a question where something would be lost by that. */
export function useSignOut(): () => void {
  const { signOut } = useSession();
  return () => {
    const lost = [...(hasUnsaved() ? [LOSES_TEXT] : []), ...openQuestions()];
    if (lost.length === 0 || confirm(['Sign out?', ...lost].join('\n'))) signOut();
  };
}
