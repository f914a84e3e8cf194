import { useId, type ReactNode } from 'react';
import { useModal } from './use-modal.js';

type DialogProps = {
  readonly title: string;
  /** Called when it is left by Escape too. */
  readonly close: () => void;
  readonly children: ReactNode;
};

/** Stands in front of the page until it is left. Shown while it is rendered. */
export function Dialog({ title, close, children }: DialogProps) {
  const dialog = useModal();
  const titleId = useId();
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      // The event comes late: it may be open again by then.
      onClose={() => dialog.current?.open === false && close()}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}
