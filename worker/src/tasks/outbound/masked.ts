/** What stands for a credential in an answer that repeats it. */
const MASK = '***';
/** A shorter one is in too many texts by chance. */
const MIN_LENGTH = 8;
/** Spellings of longer ones (keys in PEM form) are not mixed. */
const MAX_MIXED_LENGTH = 512;

/** Hides credentials of a request in its answer: an output is kept in histories and shown to many. */
export type Masked = { readonly bytes: (answer: Buffer) => Buffer; readonly text: (value: string) => string };

export function makeMasked(credentials: readonly string[]): Masked {
  const long = [...new Set(credentials.filter(({ length }) => length >= MIN_LENGTH))];
  // The longer one first: it may hold the other.
  const spellings = long.toSorted((one, other) => other.length - one.length).map(spellingsOf);
  const hidden = spellings.length === 0 ? undefined : new RegExp(spellings.join('|'), 'g');
  const bytes = (answer: Buffer): Buffer => {
    if (hidden === undefined) return answer;
    // One character for each byte: what is around a credential may be no text.
    const text = answer.toString('latin1');
    const masked = text.replaceAll(hidden, MASK);
    return masked === text ? answer : Buffer.from(masked, 'latin1');
  };
  return { bytes, text: (value) => bytes(Buffer.from(value, 'utf8')).toString('utf8') };
}

/** As it was sent, as JSON may write it (`\/`, `\u00e9`), and in a URL: each character in any of these ways. */
function spellingsOf(credential: string): string {
  const characters = Array.from(Buffer.from(credential, 'utf8').toString('utf8'));
  if (credential.length <= MAX_MIXED_LENGTH) return characters.map((one) => `(?:${waysOf(one).join('|')})`).join('');
  const whole = characters.join('');
  return [whole, JSON.stringify(whole).slice(1, -1), encodeURIComponent(whole)].map(literally).join('|');
}

function waysOf(character: string): readonly string[] {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const inJson = JSON.stringify(character).slice(1, -1);
  return [
    literally(character),
    ...(inJson === character ? [] : [literally(inJson)]),
    ...(character === '/' ? [literally('\\/')] : []),
    units.map((unit) => literally('\\u') + hexadecimal(unit, 4)).join(''),
    [...Buffer.from(character, 'utf8')].map((byte) => `%${hexadecimal(byte, 2)}`).join(''),
  ];
}

/** Of the bytes of a text, as a pattern. */
const literally = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

const hexadecimal = (value: number, digits: number): string =>
  value
    .toString(16)
    .padStart(digits, '0')
    .replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
