export const CENSOR = '[redacted]';

/** Variables whose whole value is a secret. */
const SECRET_NAME = /(SECRET|PASSWORD|TOKEN|API_KEY|ACCESS_KEY|PRIVATE_KEY|SECRET_KEY|OTLP_(TRACES_)?HEADERS)(_|$)/;
/** `<id>:<key>`, with commas between. */
const MASTER_KEYS_NAME = /(^|_)MASTER_KEYS$/;
/** Shorter values would be found in innocent text. */
const MIN_SECRET_CHARACTERS = 8;

/**
 * What secrets look like, from any source. The groups around them are kept. None may look at a character more often than a
 * fixed number of times, however long the text is: no shape begins inside of what it may repeat.
 */
const SHAPES: readonly (readonly [shape: RegExp, kept: string])[] = [
  // Our API keys.
  [/\bflc_(anon|service)_[A-Za-z0-9_-]+/g, `flc_$1_${CENSOR}`],
  [/\b(Bearer|Basic|ApiKey)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${CENSOR}`],
  [/\b(sha256=)[0-9a-f]{64}\b/gi, `$1${CENSOR}`],
  // User information of a URL.
  [/:\/\/[^\s/?#@"'\\]+@/g, `://${CENSOR}@`],
  [/([?&](?:apikey|api_key|access_token|token|secret|password)=)[^&\s"'\\]+/gi, `$1${CENSOR}`],
];

/** Base64url parts with dots between, from their very beginning. */
const DOTTED = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+\.?/g;
const MIN_PART = 8;

/** Takes tokens out of parts with dots between. Three parts are a JWT; two that begin with JSON an execution token. */
function withoutTokens(dotted: string): string {
  if (!dotted.includes('eyJ')) return dotted;
  const parts = dotted.split('.');
  const kept: string[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] as string;
    const begin = (parts[at + 1] ?? '').length < MIN_PART ? -1 : part.search(/\beyJ[A-Za-z0-9_-]{8}/);
    kept.push(begin === -1 ? part : part.slice(0, begin) + CENSOR);
    if (begin !== -1) at += 2;
  }
  return kept.join('.');
}

/**
 * The secrets of this process's environment: values of variables with a telling name, and passwords in URLs, both as
 * written and percent-decoded.
 */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const found = new Set<string>();
  for (const [name, value = ''] of Object.entries(env)) {
    if (SECRET_NAME.test(name)) found.add(value);
    if (MASTER_KEYS_NAME.test(name)) for (const item of value.split(/[\s,]+/)) found.add(item.replace(/^[^:]*:/, ''));
    for (const password of passwordsIn(value)) found.add(password);
  }
  // The longest first: one may be part of another.
  return [...found]
    .filter((secret) => secret.length >= MIN_SECRET_CHARACTERS)
    .toSorted((one, other) => other.length - one.length);
}

/** Also of what only looks like a URL: a malformed one is what error messages quote. */
function passwordsIn(text: string): readonly string[] {
  return [...text.matchAll(/:\/\/[^\s/?#@:]*:([^\s/?#@]+)@/g)].flatMap(([, password = '']) => {
    try {
      return [password, decodeURIComponent(password)];
    } catch {
      return [password];
    }
  });
}

/** Takes out of a text what is, or looks like, a secret. The last line of defence: nothing should rely on it. */
export function makeCensor(secrets: readonly string[]): (text: string) => string {
  // As they stand inside JSON, too.
  const forms = [...new Set(secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))];
  return (text) => {
    let censored = text;
    for (const form of forms) censored = censored.replaceAll(form, CENSOR);
    for (const [shape, kept] of SHAPES) censored = censored.replaceAll(shape, kept);
    return censored.replaceAll(DOTTED, withoutTokens);
  };
}
