import type { Json } from '@flowplane/contracts';

type Scalar = string | number | boolean | null;

/**
 * The URL with the members of a map behind its own query, as `name=value`; a list gives one for each item, null none. Names
 * and values are percent-encoded.
 */
export function withQuery(url: URL, query: Readonly<Record<string, Json>>): URL {
  const added = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((item) => item !== null)
      .map((item) => `${encoded(name)}=${encoded(item as Exclude<Scalar, null>)}`),
  );
  if (added.length === 0) return url;
  const result = new URL(url);
  const own = url.search.replace(/^\?/, '');
  result.search = [...(own === '' ? [] : [own]), ...added].join('&');
  return result;
}

/** Half of a character, which has no encoding, is replaced as UTF-8 encoders do. */
const encoded = (value: string | number | boolean): string =>
  encodeURIComponent(Buffer.from(String(value), 'utf8').toString('utf8'));
