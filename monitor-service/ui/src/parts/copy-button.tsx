import { useState } from 'react';

/** Puts a text into the clipboard. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [state, setState] = useState<'copied' | 'refused' | null>(null);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('refused'),
    );
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
