import { useEffect, useId, useRef, type ReactNode } from 'react';

type DialogProps = {
  readonly title: string;
  /** Called when it is left by Escape too. */
  readonly close: () => void;
  readonly children: ReactNode;
};

/** Stands in front of the page until it is left. Shown while it is rendered. */
export function Dialog({ title, close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={close}>
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}
