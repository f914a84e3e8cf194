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
  }
}

function isUnsaved(value: unknown): value is Unsaved {
  if (typeof value !== 'object' || value === null || !('text' in value) || !('revision' in value)) return false;
  return typeof value.text === 'string' && (value.revision === null || typeof value.revision === 'number');
}
