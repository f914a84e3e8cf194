import { lazy, Suspense } from 'react';
import { Problem } from '../../parts/problem.js';
import { Sheet } from '../../parts/sheet.js';
import { Time } from '../../parts/time.js';
import { isConflict, type Theirs } from '../save-draft.js';
import type { Draft } from '../use-draft.js';

const DiffView = lazy(() => import('../editor/diff-view.js'));

export type ConflictSheetProps = {
  readonly draft: Draft;
  readonly theirs: Theirs;
  readonly replace: (text: string) => void;
};

/** Somebody else has saved since: which text shall count? Neither is lost before that is said. */
export function ConflictSheet({ draft, theirs, replace }: ConflictSheetProps) {
  const { rebase, goOn, save, text } = draft;
  const revision = theirs.flow.revision;
  return (
    <Sheet title="Somebody else has saved this flow" close={goOn}>
      <p>
        It was changed <Time at={theirs.flow.updatedAt} />, after you had opened it. Your text was not saved, and it is
        still here.
      </p>
      <Suspense fallback={<p className="empty">Comparing…</p>}>
        <DiffView before={theirs.text} after={text} names={['What they saved', 'Your text']} />
      </Suspense>
      {save.isError && !isConflict(save.error) && <Problem cause={save.error} />}
      <div className="actions">
        <button className="primary" disabled={save.isPending} onClick={() => save.mutate(revision)}>
          Save mine over theirs
        </button>
        <button
          onClick={() => {
            replace(theirs.text);
            rebase({ text: theirs.text, revision });
          }}
        >
          Take theirs (Undo brings mine back)
        </button>
        <button onClick={goOn}>Go on writing</button>
      </div>
    </Sheet>
  );
}
