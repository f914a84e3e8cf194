import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Flow } from '../api/flow-queries.js';
import { isRefusal, useIntents } from '../api/intents.js';
import { useWorkspace } from '../session/use-workspace.js';
import { language } from './language/language.js';
import { createDraft, saveDraft, SavedMeanwhile, storedAtFirst, type Stored, type Theirs } from './save-draft.js';
import { keepAfterSave, keepUnsaved, placeIn, recallUnsaved, type UnsavedPlace } from './unsaved.js';

/** What a save has stored: the text as it was when the save began. */
type Saved = { readonly flow: Flow; readonly sent: string };

/** A text that cannot be saved, because it is none of a flow. */
export class NotAFlow extends Error {
  override readonly name = 'NotAFlow';
}

export type DraftOptions = {
  readonly place: UnsavedPlace;
  /** Null: a flow that is not there yet. */
  readonly flow: Flow | null;
  /** Of the flow when its text was read. */
  readonly revision: number | null;
  /** What is stored; of a new flow the template that was chosen. */
  readonly initial: string;
  /** Id of a flow that is not there yet. */
  readonly newId: string;
};

/** The text that somebody writes, and how it is saved without overwriting what others have saved. */
export function useDraft({ place: openedAt, flow: openedFlow, revision, initial, newId }: DraftOptions) {
  const { flowplane, workspaceId } = useWorkspace();
  const queries = useQueryClient();
  const [kept] = useState(() => recallUnsaved(openedAt));
  const [first] = useState(() => storedAtFirst({ text: initial, revision }, kept));
  const [stored, setStored] = useState<Stored>(first);
  const [text, setText] = useState(kept?.text ?? initial);
  const [theirs, setTheirs] = useState<Theirs>();
  // A flow that this page has made stays on it as long as its text is written on.
  const [made, setMade] = useState<Flow | null>(null);
  const flow = openedFlow ?? made;
  const madeId = made?.flowId;
  const place = useMemo(() => (madeId === undefined ? openedAt : placeIn(openedAt, madeId)), [openedAt, madeId]);
  const isChanged = text !== stored.text;
  useEffect(() => {
    keepUnsaved(place, isChanged ? { text, revision: stored.revision } : undefined);
  }, [place, isChanged, text, stored.revision]);
  // A lost answer may have made the flow already: the same text is sent with the same key.
  const intend = useIntents();
  const lost = useRef<readonly { readonly flowId: string; readonly text: string }[]>([]);

  const create = async (name: string, sent: string): Promise<Flow> => {
    const before = lost.current.filter(({ flowId }) => flowId === newId).map((one) => one.text);
    try {
      return await intend(JSON.stringify([newId, name, sent]), (idempotencyKey) =>
        createDraft(flowplane, { flowId: newId, name, text: sent, idempotencyKey, lost: before }),
      );
    } catch (cause) {
      if (!isRefusal(cause)) lost.current = [...lost.current, { flowId: newId, text: sent }];
      throw cause;
    }
  };
  const save = useMutation({
    // What is written while this runs is not sent any more, and stays unsaved.
    mutationFn: async (over: number | undefined): Promise<Saved> => {
      const sent = text;
      const { definition, findings } = await language().check(sent);
      const [fault] = findings;
      if (definition === undefined) throw new NotAFlow(`line ${fault?.line ?? 1}: ${fault?.message ?? 'no flow'}`);
      const { name } = definition;
      const upon = over === undefined ? stored : { revision: over, base: null };
      if (flow === null || upon.revision === null) return { flow: await create(name, sent), sent };
      const base = { revision: upon.revision, text: upon.base };
      return { flow: await saveDraft(flowplane, flow.flowId, { name, text: sent }, base), sent };
    },
    onSuccess: ({ flow: saved, sent }) => {
      setStored({ text: sent, revision: saved.revision, base: sent });
      setTheirs(undefined);
      if (openedFlow === null) setMade(saved);
      keepAfterSave(place, { flowId: saved.flowId, text: sent, revision: saved.revision });
      queries.setQueryData(['flow', workspaceId, saved.flowId], saved);
      void queries.invalidateQueries({ queryKey: ['flows', workspaceId] });
    },
    onError: (cause) => {
      if (cause instanceof SavedMeanwhile) setTheirs(cause.theirs);
    },
  });
  const goOn = (): void => {
    setTheirs(undefined);
    save.reset();
  };
  return {
    ...{ flow, text, setText, stored, isChanged, save, theirs },
    /** Whether the text is one that this tab has kept from before, and nothing was saved since. */
    wasKept: kept !== undefined && stored === first,
    /** Takes what is stored for the beginning: what was published, or saved by somebody else. */
    rebase: (next: Omit<Stored, 'base'>): void => {
      setStored({ ...next, base: next.text });
      goOn();
    },
    /** Leaves a conflict open until the next save. */
    goOn,
  };
}

export type Draft = ReturnType<typeof useDraft>;
