/** Errors that one answer names. */
const MAX_ERRORS = 500;
/** Characters of each of their texts; ids and keys stand in many of them and may be megabytes. */
const MAX_ERROR_LENGTH = 500;

type ErrorTexts = Readonly<Record<string, string | null>>;

/**
 * The errors of a definition as an answer lists them: the first ones, with long texts cut, so that the answer (and the
 * record of it in the log) is not larger by magnitudes than what was sent.
 *
 * @returns `more`: a sentence for the message where not all are named, else empty
 */
export function listedErrors(errors: readonly ErrorTexts[]): {
  readonly errors: readonly ErrorTexts[];
  readonly more: string;
} {
  const listed = errors
    .slice(0, MAX_ERRORS)
    .map((error) => Object.fromEntries(Object.entries(error).map(([name, text]) => [name, cut(text)])));
  const more = errors.length > MAX_ERRORS ? ` The first ${MAX_ERRORS} of ${errors.length} errors are named.` : '';
  return { errors: listed, more };
}

const cut = (text: string | null): string | null =>
  text === null || text.length <= MAX_ERROR_LENGTH ? text : `${text.slice(0, MAX_ERROR_LENGTH - 1)}…`;
