import { useState } from 'react';
import { copyText } from './copy-text.js';

/** Puts a text into the clipboard. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [state, setState] = useState<'copied' | 'refused' | null>(null);
  const copy = (): void => {
    const { clipboard }: Partial<Navigator> = navigator;
    void copyText(text, clipboard).then((isCopied) => setState(isCopied ? 'copied' : 'refused'));
  };
  return (
    <span className="action">
      <button className="small" aria-label={label} onClick={copy} onBlur={() => setState(null)}>
        Copy
      </button>
      {state !== null && (
        <span role="status" className="soft">
          {state === 'copied' ? 'Copied.' : 'The browser does not allow it: mark and copy it by hand.'}
        </span>
      )}
    </span>
  );
}
