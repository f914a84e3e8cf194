import { useLayoutEffect, useRef, type RefObject } from 'react';

/**
 * Opens a dialog in front of the page, for as long as it is rendered. It is closed before it goes, by which the browser gives
 * the focus back to where it was.
 */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => opened?.close();
  }, []);
  return dialog;
}
