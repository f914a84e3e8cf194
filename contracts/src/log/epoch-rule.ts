import type { LogHeader } from './record-header.js';

/** Where a reader of one events partition stands: the next offset to read, and who may write there. */
export type ReadPosition = { readonly offset: number; readonly epoch: number; readonly owner: string };

/** The beginning of the log: nobody has written yet. */
export const START_OF_LOG: ReadPosition = { offset: 0, epoch: 0, owner: '' };

export type Judgement = { readonly accepted: boolean; readonly position: ReadPosition };

/**
 * The reader rule (event-log 1). A marker counts only if its epoch is greater than the current one, so the first
 * of two equal ones wins; any other record counts only if it is of the current owner.
 *
 * @param header undefined for a record without a readable log header: never accepted.
 */
export function judgeRecord(
  position: ReadPosition,
  offset: number,
  isMarker: boolean,
  header: LogHeader | undefined,
): Judgement {
  const next = { ...position, offset: offset + 1 };
  if (header === undefined) return { accepted: false, position: next };
  if (isMarker) {
    return header.epoch > position.epoch
      ? { accepted: true, position: { offset: offset + 1, epoch: header.epoch, owner: header.owner } }
      : { accepted: false, position: next };
  }
  return { accepted: header.owner === position.owner && header.epoch === position.epoch, position: next };
}
