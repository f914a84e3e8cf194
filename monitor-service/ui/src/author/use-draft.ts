import { FlowplaneError } from '@flowplane/contracts/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Flow } from '../api/flow-queries.js';
import { newKey } from '../api/new-key.js';
import { decided } from '../api/decided.js';
import { useWorkspace } from '../session/use-workspace.js';
import { language } from './language/language.js';
import { textOf } from './text-of.js';
import { keepUnsaved, recallUnsaved, type UnsavedPlace } from './unsaved.js';

/** What is stored: of a new flow nothing. */
type Stored = { readonly text: string; readonly revision: number | null };

/** What somebody else has saved meanwhile. */
export type Theirs = { readonly flow: Flow; readonly text: string };

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
export function useDraft({ place, flow, revision, initial, newId }: DraftOptions) {
  const { flowplane, workspaceId } = useWorkspace();
  const queries = useQueryClient();
  const [kept] = useState(() => recallUnsaved(place));
  const [stored, setStored] = useState<Stored>(() => ({
    text: flow === null ? '' : initial,
    revision: kept?.revision ?? revision,
  }));
  const [text, setText] = useState(kept?.text ?? initial);
  const [theirs, setTheirs] = useState<Theirs>();
  const isChanged = text !== stored.text;
  useEffect(() => {
    keepUnsaved(place, isChanged ? { text, revision: stored.revision } : undefined);
  }, [place, isChanged, text, stored.revision]);
  // A lost answer may have made the flow already: the same text is sent with the same key.
  const creation = useRef({ text: '', key: '' });

  const create = async (name: string): Promise<Flow> => {
    const body = { name, flowId: newId, definitionYaml: text };
    const sent = JSON.stringify(body);
    if (creation.current.text !== sent) creation.current = { text: sent, key: newKey() };
    const call = { body, idempotencyKey: creation.current.key, handling: 'lenient' } as const;
    return decided<Flow>(flowplane, (await flowplane.call('createFlow', call)).body as Flow);
  };
  const update = async (flowId: string, name: string, ifMatch: number): Promise<Flow> => {
    const call = { params: { flowId }, body: { name, definitionYaml: text }, ifMatch, handling: 'lenient' } as const;
    return decided<Flow>(flowplane, (await flowplane.call('updateFlow', call)).body as Flow);
  };
  const save = useMutation({
    mutationFn: async (over: number | undefined): Promise<Flow> => {
      const { definition, findings } = await language().check(text);
      const [first] = findings;
      if (definition === undefined) throw new NotAFlow(`line ${first?.line ?? 1}: ${first?.message ?? 'no flow'}`);
      const expected = over ?? stored.revision;
      if (flow === null || expected === null) return create(definition.name);
      return update(flow.flowId, definition.name, expected);
    },
    onSuccess: (saved) => {
      setStored({ text, revision: saved.revision });
      setTheirs(undefined);
      keepUnsaved(place, undefined);
      queries.setQueryData(['flow', workspaceId, saved.flowId], saved);
      void queries.invalidateQueries({ queryKey: ['flows', workspaceId] });
    },
    onError: async (cause) => {
      if (flow === null || !isConflict(cause)) return;
      const { body } = await flowplane.call('getFlow', { params: { flowId: flow.flowId } });
      setTheirs({ flow: body as Flow, text: await textOf(body as Flow) });
    },
  });
  return {
    ...{ text, setText, stored, isChanged, save, theirs },
    /** Whether the text is one that this tab has kept from before. */
    wasKept: kept !== undefined,
    /** Takes what is stored for the beginning: what was published, or saved by somebody else. */
    rebase: (next: Stored): void => {
      setStored(next);
      setTheirs(undefined);
      save.reset();
    },
  };
}

export type Draft = ReturnType<typeof useDraft>;

export const isConflict = (cause: unknown): boolean =>
  cause instanceof FlowplaneError && cause.code === 'REVISION_CONFLICT';
