import { useId, type ReactNode } from 'react';
import { useModal } from './use-modal.js';
import '../styles/parts.css';

export type SheetProps = { readonly title: string; readonly close: () => void; readonly children: ReactNode };

/** Something to be decided before one goes on, over the page; Escape leaves it. */
export function Sheet({ title, close, children }: SheetProps) {
  const dialog = useModal();
  const heading = useId();
  return (
    <dialog
      className="sheet"
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <header>
        <h2 id={heading}>{title}</h2>
        <button onClick={close} aria-label="Close">
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}
