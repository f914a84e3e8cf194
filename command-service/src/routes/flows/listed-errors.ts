import { beginningOf } from '@flowplane/contracts/json/beginning-of';
import { hintFor, type Json, type TextPosition } from '@flowplane/contracts/flow';
import { placesSentence, type Locate } from './yaml-places.js';

/** Errors that one answer names. */
const MAX_ERRORS = 500;
/** Characters of each of their texts; ids and keys are part of many of them and may be megabytes. */
const MAX_ERROR_LENGTH = 500;
/** Errors that get a hint: finding one compares with every name of the definition. */
const MAX_HINTS = 20;

type ErrorTexts = {
  readonly code: string;
  readonly message: string;
  readonly nodeId: string | null;
  readonly path?: string;
};
type ListedError = ErrorTexts & Partial<TextPosition> & { readonly hint?: string };

/**
 * The errors of a definition as an answer lists them: the first ones, with long texts cut, so that the answer (and the
 * record of it in the log) is not larger by magnitudes than what was sent. Each says where it stands in the YAML, where
 * there is one, and what was probably meant, where that can be told.
 *
 * @param found errors with the pointers of their places
 * @returns `said`: sentences for the message: how many more there are, and where they stand
 */
export function listedErrors(
  found: readonly { readonly error: ErrorTexts; readonly pointer: string }[],
  document: Json,
  locate: Locate | undefined,
): { readonly errors: readonly ListedError[]; readonly said: string } {
  const first = found.slice(0, MAX_ERRORS);
  const places = locate === undefined ? [] : first.map(({ pointer }) => locate(pointer));
  const errors = first.map(({ error }, at) => {
    const hint = at < MAX_HINTS ? hintFor(error, document) : undefined;
    const texts = Object.fromEntries(Object.entries(error).map(([name, text]) => [name, cut(text)])) as ErrorTexts;
    return { ...texts, ...places[at], ...(hint === undefined ? {} : { hint: cut(hint) as string }) };
  });
  const more = found.length > MAX_ERRORS ? ` The first ${MAX_ERRORS} of ${found.length} errors are named.` : '';
  return { errors, said: `${more}${placesSentence(places)}` };
}

const cut = (text: string | null): string | null =>
  text === null || text.length <= MAX_ERROR_LENGTH ? text : `${beginningOf(text, MAX_ERROR_LENGTH - 1)}…`;
