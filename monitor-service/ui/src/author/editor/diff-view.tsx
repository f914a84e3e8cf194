import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { baseExtensions, READ_ONLY } from './base-extensions.js';

export type DiffViewProps = {
  readonly before: string;
  readonly after: string;
  /** What the two texts are, such as `version 2`. */
  readonly names: readonly [before: string, after: string];
};

/** Two texts do not stand side by side on a phone. */
const NARROW = '(max-width: 760px)';
const UNCHANGED = { margin: 3, minSize: 6 };

/** What differs between two texts, side by side or, where there is no room for that, in one. */
export default function DiffView({ before, after, names: [nameBefore, nameAfter] }: DiffViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const parent = frame.current;
    if (parent === null || before === after) return;
    const narrow = matchMedia(NARROW);
    let shown: { destroy: () => void } | undefined;
    const show = (): void => {
      shown?.destroy();
      shown = narrow.matches ? inOne() : sideBySide();
    };
    const inOne = () =>
      new EditorView({
        ...{ parent, doc: after },
        extensions: [
          baseExtensions(`${nameAfter}, compared with ${nameBefore}`),
          READ_ONLY,
          unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: UNCHANGED }),
        ],
      });
    const sideBySide = () =>
      new MergeView({
        ...{ parent, collapseUnchanged: UNCHANGED },
        a: { doc: before, extensions: [baseExtensions(nameBefore), READ_ONLY] },
        b: { doc: after, extensions: [baseExtensions(nameAfter), READ_ONLY] },
      });
    show();
    narrow.addEventListener('change', show);
    return () => {
      narrow.removeEventListener('change', show);
      shown?.destroy();
    };
  }, [before, after, nameBefore, nameAfter]);
  if (before === after) return <p className="empty">There is no difference.</p>;
  return (
    <div className="diff">
      <p className="diff-names">
        <span>{nameBefore}</span>
        <span>{nameAfter}</span>
      </p>
      <div className="diff-texts" ref={frame} />
    </div>
  );
}
