import { beginningOf } from '../json/beginning-of.js';
import { isTooLongName, MAX_NAME_LENGTH } from '../ids/names.js';
import { isJsonObject } from './json.js';

/** What a run is found by, as its starter named it (flows-api 6.1): short texts by name. */
export type Labels = Readonly<Record<string, string>>;

export const MAX_LABELS = 16;
export const MAX_LABEL_TEXT = MAX_NAME_LENGTH;
const KEY = /^[a-z0-9._-]{1,63}$/;
export const LABEL_KEY_PATTERN = KEY.source;
/** JSON text of the labels of a run that has none. */
export const NO_LABELS = '{}';

/** Labels as the log and the read models keep them: compact JSON with its members in the order of their names. */
export type ReadLabels = { readonly ok: true; readonly json: string } | { readonly ok: false; readonly reason: string };

const refused = (reason: string): ReadLabels => ({ ok: false, reason });

/** Checks what a body has as `labels`; absent and null are none. @returns why they are none that can be kept */
export function readLabels(value: unknown): ReadLabels {
  if (value === undefined || value === null) return { ok: true, json: NO_LABELS };
  if (!isJsonObject(value)) return refused('labels must be a JSON object.');
  const entries = Object.entries(value);
  if (entries.length > MAX_LABELS) return refused(`labels has ${entries.length} members; ${MAX_LABELS} are allowed.`);
  for (const [key, text] of entries) {
    const at = `labels[${JSON.stringify(beginningOf(key, 80))}]`;
    if (!KEY.test(key)) return refused(`The name in ${at} must match ${KEY.source}.`);
    if (typeof text !== 'string') return refused(`${at} must be a text.`);
    if (isTooLongName(text)) return refused(`${at} must have at most ${MAX_LABEL_TEXT} characters.`);
  }
  return { ok: true, json: JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))) };
}

/** `k:v` of a filter by label: the text behind the first colon may hold more of them. @returns undefined for anything else */
export function labelOfFilter(text: string): { readonly key: string; readonly value: string } | undefined {
  const colon = text.indexOf(':');
  const [key, value] = [text.slice(0, colon), text.slice(colon + 1)];
  return colon < 0 || !KEY.test(key) || isTooLongName(value) ? undefined : { key, value };
}
