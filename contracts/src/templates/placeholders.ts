/** Replaces `${{ name }}`; undefined leaves the placeholder as it stands. */
export type ReplacePlaceholder = (name: string) => string | undefined;

const OPENING = '${{';
const MARK = /\$\{\{|\}\}/g;

/**
 * A text with its placeholders `${{ name }}` replaced. What is put in is not looked at again, so no value can bring a
 * placeholder with it. Takes time by the text's length only.
 */
export function replacePlaceholders(text: string, replace: ReplacePlaceholder): string {
  let result = '';
  let done = 0;
  let open: number | undefined;
  for (const { 0: mark, index } of text.matchAll(MARK)) {
    if (mark === OPENING) {
      open = index;
    } else if (open !== undefined) {
      const replacement = replace(text.slice(open + OPENING.length, index).trim());
      if (replacement !== undefined) {
        result += text.slice(done, open) + replacement;
        done = index + mark.length;
      }
      open = undefined;
    }
  }
  return result + text.slice(done);
}

/** Names of the placeholders of a text. */
export function placeholderNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  replacePlaceholders(text, (name) => {
    names.add(name);
    return undefined;
  });
  return names;
}

/** A value as the inside of a JSON text: backslash, quote and newline escaped (provisioning 6.2). */
export const jsonEscaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
