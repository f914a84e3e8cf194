/** Longest line that is written as it is, and longest text in a longer one. */
export const MAX_LINE_CHARACTERS = 65_536;
export const MAX_TEXT_CHARACTERS = 8192;
/** More than any secret has, so that the part of one that a cut has left is taken away with the end of the text. */
const MARGIN = 16_384;
/** Members that are left of a line whose members are too many. */
const MAX_PLAIN = 20;

/**
 * Cuts the texts of a line that is too long; one that is too long even so keeps its plain members only.
 *
 * @param line JSON
 * @param censor is given each text before its end is cut off, since half a secret looks like none
 */
export function cutLine(line: string, censor: (text: string) => string): string {
  if (line.length <= MAX_LINE_CHARACTERS) return line;
  const cut = (_name: string, value: unknown): unknown =>
    typeof value === 'string' && value.length > MAX_TEXT_CHARACTERS + MARGIN ? cutText(value, censor) : value;
  const members = JSON.parse(line, cut) as Readonly<Record<string, unknown>>;
  const shorter = JSON.stringify(members);
  if (shorter.length <= MAX_LINE_CHARACTERS) return `${shorter}\n`;
  const isPlain = (value: unknown): boolean =>
    typeof value === 'string' ? value.length < 1024 : typeof value !== 'object';
  const plain = Object.entries(members)
    .filter(([, value]) => isPlain(value))
    .slice(0, MAX_PLAIN);
  return `${JSON.stringify({ ...Object.fromEntries(plain), msg: members['msg'], cut: true })}\n`;
}

function cutText(text: string, censor: (text: string) => string): string {
  const head = censor(text.slice(0, MAX_TEXT_CHARACTERS + MARGIN)).slice(0, -MARGIN);
  return `${head}… (${text.length} characters)`;
}
