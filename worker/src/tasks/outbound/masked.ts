/** What stands for a credential in an answer that repeats it. */
const MASK = '***';
/** A shorter one is in too many texts by chance. */
const MIN_LENGTH = 8;

/** Hides credentials of a request in its answer: an output is kept in histories and shown to many. */
export type Masked = { readonly bytes: (answer: Buffer) => Buffer; readonly text: (value: string) => string };

export function makeMasked(credentials: readonly string[]): Masked {
  const long = credentials.filter(({ length }) => length >= MIN_LENGTH);
  // The longer one first: it may hold the other.
  const hidden = [...new Set(long.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return {
    bytes: (answer) =>
      hidden.reduce((bytes, credential) => {
        if (!bytes.includes(credential, 0, 'utf8')) return bytes;
        // One character for each byte: what is around it may be no text.
        const asBytes = Buffer.from(credential, 'utf8').toString('latin1');
        return Buffer.from(bytes.toString('latin1').replaceAll(asBytes, MASK), 'latin1');
      }, answer),
    text: (value) => hidden.reduce((text, credential) => text.replaceAll(credential, MASK), value),
  };
}

/** As it was sent, as JSON writes it, and in a URL. */
const formsOf = (credential: string): readonly string[] => {
  const text = Buffer.from(credential, 'utf8').toString('utf8');
  return [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
};
