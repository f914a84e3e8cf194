import { lazy, Suspense, useEffect, useRef, useState, type RefObject } from 'react';
import { flushSync } from 'react-dom';
import { useNavigate } from 'react-router';
import type { Flow } from '../api/flow-queries.js';
import { useIntents } from '../api/intents.js';
import { useLeaveQuestion } from '../parts/leave-question.js';
import { NotAllowed } from '../parts/not-allowed.js';
import { Problem } from '../parts/problem.js';
import { useWorkspace } from '../session/use-workspace.js';
import { AuthorHeader } from './author-header.js';
import { ConflictSheet } from './sheets/conflict-sheet.js';
import type { EditorHandle } from './editor/yaml-editor.js';
import { countsOf, FindingsList } from './findings-list.js';
import { FlowPicture } from './flow-picture.js';
import { nodeAt } from './language/ranges.js';
import { PublishSheet } from './sheets/publish-sheet.js';
import type { UnsavedPlace } from './unsaved.js';
import { isConflict } from './save-draft.js';
import { useDraft, type Draft } from './use-draft.js';
import { useFindings } from './use-findings.js';

const LEAVE = 'Leave without saving? This tab keeps your text until it is closed or you sign out.';

const YamlEditor = lazy(() => import('./editor/yaml-editor.js'));

export type AuthorProps = {
  readonly place: UnsavedPlace;
  /** Null: a flow that is not there yet. */
  readonly flow: Flow | null;
  /** Of the flow whose text `initial` is; null: it is not there yet. */
  readonly revision: number | null;
  readonly initial: string;
};

/** Where a flow is written: its text, its picture, and what is wrong with it. */
export function Author({ place, flow: opened, revision, initial }: AuthorProps) {
  const { workspaceId } = useWorkspace();
  const navigate = useNavigate();
  const [newId, setNewId] = useState('');
  const draft = useDraft({ place, flow: opened, revision, initial, newId });
  const { flow, text, setText, isChanged } = draft;
  const { checked, fault } = useFindings(text);
  const [cursor, setCursor] = useState(0);
  const [isPublishing, setPublishing] = useState(false);
  const intend = useIntents();
  const [isPicture, setPicture] = useState(false);
  const editor = useRef<EditorHandle>(null);
  const saveButton = useRef<HTMLButtonElement>(null);
  const summary = useRef<HTMLElement>(null);
  useLeaveQuestion(isChanged ? LEAVE : undefined);
  const [start] = useState(text); // what the editor begins with
  const selected = nodeAt(checked?.nodes ?? [], cursor)?.id ?? null;
  const base = `/w/${encodeURIComponent(workspaceId)}`;

  const madeId = opened === null ? flow?.flowId : undefined;
  useEffect(() => {
    // What was written while the flow was made is saved first: the page stays under the hands of who writes.
    if (madeId === undefined || isChanged) return;
    void navigate(`${base}/flows/${encodeURIComponent(madeId)}/edit`, { replace: true });
  }, [madeId, isChanged, base, navigate]);
  useSaveKey(saveButton);

  const goTo = (from: number, to: number): void => {
    // Drawn at once: on a phone the text is hidden behind the picture until then, and the next key goes to the editor.
    flushSync(() => setPicture(false));
    editor.current?.select(from, to);
  };
  const leaveEditor = (): void => {
    const isDisabled = saveButton.current?.disabled === true;
    (isDisabled ? summary.current : saveButton.current)?.focus();
  };
  return (
    <div className="author" data-shown={isPicture ? 'picture' : 'text'}>
      <title>{`${isChanged ? '• ' : ''}${flow === null ? 'New flow' : `Edit ${flow.flowId}`} · Flowplane`}</title>
      <AuthorHeader
        {...{ draft, newId, setNewId, saveButton }}
        name={checked?.definition?.name}
        publish={opened === null ? undefined : () => setPublishing(true)}
      />
      <Notices
        {...{ draft, fault }}
        discard={() => {
          editor.current?.replace(initial);
          draft.rebase({ text: initial, revision });
        }}
      />
      <NotAllowed operation={flow === null ? 'createFlow' : 'updateFlow'}>
        You may look at flows here, and not save or publish them.
      </NotAllowed>
      <div className="tabs narrow-only" role="tablist" aria-label="What is shown">
        <button role="tab" aria-selected={!isPicture} onClick={() => setPicture(false)}>
          Text
        </button>
        <button role="tab" aria-selected={isPicture} onClick={() => setPicture(true)}>
          Picture
        </button>
      </div>
      <div className="author-panes">
        <div className="author-text">
          <Suspense fallback={<p className="empty">Opening the editor…</p>}>
            <YamlEditor
              {...{ initial: start, text, findings: checked?.findings ?? [], checkedText: checked?.text }}
              ref={editor}
              onChange={setText}
              onCursor={setCursor}
              onLeave={leaveEditor}
            />
          </Suspense>
        </div>
        <div className="author-picture">
          <FlowPicture
            {...{ checked, selected }}
            onSelect={(nodeId) => {
              const range = checked?.nodes.find(({ id }) => id === nodeId);
              if (range !== undefined) goTo(range.from, range.to);
            }}
          />
        </div>
      </div>
      <details className="author-findings" open>
        <summary ref={summary}>
          Findings: <span role="status">{checked === undefined ? 'checking…' : countsOf(checked.findings)}</span>
        </summary>
        <FindingsList findings={checked?.findings} onSelect={({ from, to }) => goTo(from, to)} />
      </details>
      {draft.theirs !== undefined && flow !== null && (
        <ConflictSheet {...{ draft, theirs: draft.theirs }} replace={(next) => editor.current?.replace(next)} />
      )}
      {isPublishing && flow !== null && (
        <PublishSheet {...{ draft, flow, intend }} close={() => setPublishing(false)} />
      )}
    </div>
  );
}

/** Ctrl+S and Cmd+S. */
function useSaveKey(saveButton: RefObject<HTMLButtonElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      saveButton.current?.click();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [saveButton]);
}

type NoticesProps = { readonly draft: Draft; readonly fault: unknown; readonly discard: () => void };

function Notices({ draft, fault, discard }: NoticesProps) {
  const { save, wasKept, isChanged } = draft;
  return (
    <>
      {save.isError && !isConflict(save.error) && <SaveProblem cause={save.error} />}
      {fault !== undefined && <Problem cause={fault} />}
      {wasKept && isChanged && save.isIdle && (
        <p className="notice" role="status">
          This is the text that you had not saved when you left. <button onClick={discard}>Throw it away</button>
        </p>
      )}
    </>
  );
}

function SaveProblem({ cause }: { readonly cause: Error }) {
  if (cause.name !== 'NotAFlow') return <Problem cause={cause} />;
  return (
    <div role="alert" className="notice notice-error">
      <strong>It cannot be saved yet: it is not the text of a flow.</strong>
      <p>{cause.message}. This tab keeps your text meanwhile.</p>
    </div>
  );
}
