/**
 * How a secret (ASCII) looks where it was written down: as it is, percent-encoded, in hexadecimal, and in base64 and base64url of
 * a longer text, which has three places for a byte.
 */
export function formsOf(text: string): readonly string[] {
  const base64 = [0, 1, 2].map((before) =>
    Buffer.from(' '.repeat(before) + text)
      .toString('base64')
      .replaceAll('=', '')
      .slice(before === 0 ? 0 : before + 1, -2),
  );
  const urls = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [...new Set([text, encodeURIComponent(text), Buffer.from(text).toString('hex'), ...base64, ...urls])];
}

/** Says which of these secrets a value holds, in any of their forms. */
export function makeSecretSearch(secrets: Readonly<Record<string, string>>) {
  const sought = Object.entries(secrets).map(([name, text]) => [name, formsOf(text)] as const);
  return (value: string | Buffer | null): readonly string[] =>
    value === null ? [] : sought.flatMap(([name, forms]) => (forms.some((form) => value.includes(form)) ? [name] : []));
}
