/** Host–port pairs exempt from the address rules, as `host:port` in the spelling of a URL's host. */
export type AllowedHosts = ReadonlySet<string>;

/**
 * FLOWS_HTTP_ALLOW_HOSTS (tasks 4.5). A name or address is brought into the spelling a URL has, so that both compare
 * as texts; IPv6 addresses stand in brackets.
 *
 * @throws Error for an entry that is no `host:port`
 */
export function parseAllowedHosts(entries: readonly string[]): AllowedHosts {
  return new Set(entries.map(canonicalPair));
}

function canonicalPair(entry: string): string {
  const [, host = '', digits = ''] = /^([^/?#@\\]+):(\d{1,5})$/.exec(entry) ?? [];
  const port = Number(digits);
  const text = `http://${host}/`;
  if (host === '' || !URL.canParse(text) || port < 1 || port > 65_535) {
    throw new Error(`has an entry that is not host:port: ${JSON.stringify(entry)}`);
  }
  return `${new URL(text).hostname}:${port}`;
}

/** True when the URL's host and effective port are exempt. */
export function isAllowedHost(url: URL, allowed: AllowedHosts): boolean {
  return isAllowedPair(url.hostname, effectivePort(url), allowed);
}

/** @param hostname in the spelling of a URL's host */
export function isAllowedPair(hostname: string, port: number, allowed: AllowedHosts): boolean {
  return allowed.has(`${hostname}:${port}`);
}

function effectivePort(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
