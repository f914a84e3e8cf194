import { finalError } from '../../task-error.js';

/** Bounds on what a pattern may cost: each `%` lets the server try again from every character of a text. */
const MAX_LIKE_CHARS = 1000;
const MAX_LIKE_WILDCARDS = 8;

/**
 * A pattern of SQL's LIKE as a regular expression for the whole text: `%` is any text, `_` one character, `\` takes the
 * meaning from the character behind it. Nothing else in it has a meaning.
 *
 * @throws TaskError `VALIDATION_ERROR`
 */
export function likePattern(pattern: string, pointer: string): string {
  if (pattern.length > MAX_LIKE_CHARS) {
    throw finalError('VALIDATION_ERROR', `${pointer} has more than ${MAX_LIKE_CHARS} characters`);
  }
  if (pattern.includes('\0')) throw finalError('VALIDATION_ERROR', `${pointer} holds a zero character`);
  let expression = '';
  let wildcards = 0;
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '%') {
      while (characters[at + 1] === '%') at += 1;
      wildcards += 1;
      expression += '.*';
    } else if (character === '_') {
      expression += '.';
    } else if (character === '\\') {
      at += 1;
      const escaped = characters[at];
      if (escaped === undefined) throw finalError('VALIDATION_ERROR', `${pointer} ends with a single backslash`);
      expression += literally(escaped);
    } else {
      expression += literally(character);
    }
  }
  if (wildcards > MAX_LIKE_WILDCARDS) {
    throw finalError('VALIDATION_ERROR', `${pointer} holds more than ${MAX_LIKE_WILDCARDS} times %`);
  }
  return `^${expression}\\z`;
}

const literally = (character: string): string => (/[\\^$.[\]|()?*+{}]/.test(character) ? `\\${character}` : character);
