import { useEffect } from 'react';
import { CopyButton } from './copy-button.js';
import { Dialog } from './dialog.js';
import { useLeaveQuestion } from './leave-question.js';

type SecretOnceProps = {
  readonly title: string;
  readonly secret: string;
  readonly advice: string;
  readonly close: () => void;
};

/** Asked before a secret is gone that nobody is shown again. */
export const LOSES_SECRET = 'Secrets are shown once and never again. Leave without them?';

/**
 * While a secret is shown that nobody is shown again, or is on its way, Escape does not take it away: it is pressed for
 * many reasons, and a browser closes a dialog on the second one whatever the page says to the first. Ways out of the page
 * are asked about.
 *
 * @returns takes that question back, for who leaves knowingly
 */
export function useKeepShown(isShown: boolean): () => void {
  const takeBack = useLeaveQuestion(isShown ? LOSES_SECRET : undefined, 'address');
  useEffect(() => {
    if (!isShown) return;
    const keep = (event: Event): void => {
      if (event instanceof KeyboardEvent && event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
    };
    // `cancel` is what a browser makes of other ways back, such as that of a phone.
    for (const type of ['keydown', 'cancel']) document.addEventListener(type, keep, true);
    return () => {
      for (const type of ['keydown', 'cancel']) document.removeEventListener(type, keep, true);
    };
  }, [isShown]);
  return takeBack;
}

/** A secret that nobody is shown again. */
export function SecretOnce({ title, secret, advice, close }: SecretOnceProps) {
  useKeepShown(true);
  return (
    <Dialog title={title} close={close}>
      <p>It is shown now and never again. {advice}</p>
      <p className="secret">
        <code>{secret}</code> <CopyButton text={secret} label="Copy the secret" />
      </p>
      <div className="actions">
        <button className="primary" onClick={close}>
          I have kept it
        </button>
      </div>
    </Dialog>
  );
}
