import { FlowplaneError, type FlowplaneClient } from '@flowplane/contracts/client';
import { decided } from '../api/decided.js';
import type { Flow } from '../api/flow-queries.js';
import { textOf } from './text-of.js';

/** What somebody else has saved meanwhile. */
export type Theirs = { readonly flow: Flow; readonly text: string };

/** A save that would overwrite what somebody else has saved. */
export class SavedMeanwhile extends Error {
  override readonly name = 'SavedMeanwhile';

  constructor(readonly theirs: Theirs) {
    super('Somebody else has saved this flow meanwhile.');
  }
}

export const isConflict = (cause: unknown): boolean =>
  cause instanceof SavedMeanwhile || (cause instanceof FlowplaneError && cause.code === 'REVISION_CONFLICT');

/** What is stored; of a new flow, what it began with, and no revision. */
export type Stored = {
  readonly text: string;
  readonly revision: number | null;
  /** Text of that revision; null: it is not known. */
  readonly base: string | null;
};

/** What is stored when a text begins to be written. @param kept what was written before, upon an earlier revision maybe */
export function storedAtFirst(
  opened: { readonly text: string; readonly revision: number | null },
  kept: { readonly revision: number | null } | undefined,
): Stored {
  if (kept === undefined || kept.revision === opened.revision) return { ...opened, base: opened.text };
  return { text: opened.text, revision: kept.revision, base: null };
}

export type DraftToSave = { readonly name: string; readonly text: string };

/** The draft that a text was written upon. */
export type Base = {
  readonly revision: number;
  /** Null: it is not known, or was shown to the writer already. */
  readonly text: string | null;
};

/**
 * Saves a draft in the place of the one that it was written upon.
 *
 * @throws SavedMeanwhile where the draft is another one now
 */
export async function saveDraft(
  flowplane: FlowplaneClient,
  flowId: string,
  draft: DraftToSave,
  base: Base,
): Promise<Flow> {
  const call = {
    params: { flowId },
    body: { name: draft.name, definitionYaml: draft.text },
    ifMatch: base.revision,
    handling: 'lenient',
  } as const;
  try {
    return await decided<Flow>(flowplane, (await flowplane.call('updateFlow', call)).body as Flow);
  } catch (cause) {
    if (!isConflict(cause)) throw cause;
  }
  const theirs = await readTheirs(flowplane, flowId);
  // It was saved already, and the answer to that was lost.
  if (theirs.text === draft.text) return theirs.flow;
  if (theirs.text !== base.text) throw new SavedMeanwhile(theirs);
  // It was published meanwhile and nobody has changed it, so that nothing is overwritten.
  return saveDraft(flowplane, flowId, draft, { revision: theirs.flow.revision, text: null });
}

async function readTheirs(flowplane: FlowplaneClient, flowId: string): Promise<Theirs> {
  try {
    const flow: Flow = (await flowplane.call('getFlow', { params: { flowId } })).body;
    return { flow, text: await textOf(flow) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const told = `It is not saved: the flow was changed meanwhile, and what it is now could not be read (${why}).`;
    throw new Error(`${told} Your text is still here; save again.`, { cause });
  }
}

export type Creation = DraftToSave & {
  readonly flowId: string;
  readonly idempotencyKey: string;
  /** Texts of earlier tries under this id whose answers were lost. */
  readonly lost: readonly string[];
};

/** Makes a flow; one that an earlier try of the same writer has made gets the text of this one. */
export async function createDraft(
  flowplane: FlowplaneClient,
  { flowId, idempotencyKey, lost, ...draft }: Creation,
): Promise<Flow> {
  const body = { name: draft.name, flowId, definitionYaml: draft.text };
  const call = { body, idempotencyKey, handling: 'lenient' } as const;
  try {
    return await decided<Flow>(flowplane, (await flowplane.call('createFlow', call)).body as Flow);
  } catch (cause) {
    const isThere = cause instanceof FlowplaneError && cause.code === 'FLOW_EXISTS';
    if (!isThere || lost.length === 0) throw cause;
    const { flow, text } = await readTheirs(flowplane, flowId);
    if (!lost.includes(text)) throw cause;
    return saveDraft(flowplane, flowId, draft, { revision: flow.revision, text });
  }
}
