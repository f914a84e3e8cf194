const PREFIX = 'flowplane.unsaved.';

/** A text that somebody has begun to write and not saved, and the revision of the flow that it was made from. */
export type Unsaved = { readonly text: string; readonly revision: number | null };

/** Where it is kept: nobody finds what somebody else has written. */
export type UnsavedPlace = {
  readonly tenantId: string;
  readonly actorId: string;
  readonly workspaceId: string;
  /** Null: of a flow that is not there yet. */
  readonly flowId: string | null;
  /** Of such a flow: what it begins with. */
  readonly from: string | null;
};

const keyOf = ({ tenantId, actorId, workspaceId, flowId, from }: UnsavedPlace): string =>
  PREFIX + JSON.stringify([tenantId, actorId, workspaceId, flowId, from]);

/** What this tab has kept over a reload; undefined where it has nothing. */
export function recallUnsaved(place: UnsavedPlace): Unsaved | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(place)) ?? 'null');
    return isUnsaved(kept) ? kept : undefined;
  } catch {
    return undefined; // the browser may not keep anything
  }
}

/** @param unsaved undefined: there is nothing to keep any more */
export function keepUnsaved(place: UnsavedPlace, unsaved: Unsaved | undefined): void {
  try {
    if (unsaved === undefined) sessionStorage.removeItem(keyOf(place));
    else sessionStorage.setItem(keyOf(place), JSON.stringify(unsaved));
  } catch {
    // Without it, the text is asked about before the page is left.
    forgetAt(place);
  }
}

/** An older text would be taken for the last one. */
function forgetAt(place: UnsavedPlace): void {
  try {
    sessionStorage.removeItem(keyOf(place));
  } catch {
    // The browser may not keep anything, so that nothing older is there.
  }
}

/**
 * What is left to keep once a text was saved, which may have been written on meanwhile, on a page that may be left by now.
 *
 * @param flowId of the flow that has it, also of one that was made just now
 */
export function keepAfterSave(place: UnsavedPlace, saved: { flowId: string; text: string; revision: number }): void {
  const { flowId, text, revision } = saved;
  const kept = recallUnsaved(place);
  keepUnsaved(place, undefined);
  if (kept !== undefined && kept.text !== text) keepUnsaved(placeIn(place, flowId), { text: kept.text, revision });
}

/** Where the text of a flow is kept once it is there. */
export const placeIn = (place: UnsavedPlace, flowId: string): UnsavedPlace => ({ ...place, flowId, from: null });

/** Whether this tab keeps any text that is not saved. */
export function hasUnsaved(): boolean {
  try {
    return Object.keys(sessionStorage).some((key) => key.startsWith(PREFIX));
  } catch {
    return false; // the browser may not keep anything
  }
}

/** Forgets every text that this tab keeps: who signs out leaves nothing behind. */
export function forgetUnsaved(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // The browser may not keep anything.
  }
}

function isUnsaved(value: unknown): value is Unsaved {
  if (typeof value !== 'object' || value === null || !('text' in value) || !('revision' in value)) return false;
  return typeof value.text === 'string' && (value.revision === null || typeof value.revision === 'number');
}
