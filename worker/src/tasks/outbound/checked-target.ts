import { isIP, isIPv6 } from 'node:net';
import { errorCodeOf, finalError, retryableError } from '../task-error.js';
import { isAllowedHost, isAllowedPair, type AllowedHosts } from './allowed-hosts.js';
import { isBlockedAddress } from './blocked-address.js';

export type ResolvedAddress = { readonly address: string; readonly family: number };

/** All addresses of a name. @throws Error with a DNS code */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** Addresses of a host, checked: the only ones a task may connect to. */
export type CheckedAddresses = readonly [ResolvedAddress, ...ResolvedAddress[]];

/** A URL a task may call, with the only addresses it may connect to. */
export type CheckedTarget = { readonly url: URL; readonly addresses: CheckedAddresses };

const blocked = (why: string): Error => finalError('SSRF_BLOCKED', `The request is not allowed: ${why}.`);

/**
 * The rules of tasks 4.4, before any connection. The URL parser has already brought every spelling of an IPv4
 * address (decimal, octal, hexadecimal, short) into dotted decimal.
 *
 * @throws TaskError `SSRF_BLOCKED`; `UPSTREAM_UNAVAILABLE` when the resolver fails for the moment
 */
export async function checkTarget(text: string, allowed: AllowedHosts, resolve: Resolve): Promise<CheckedTarget> {
  return checkAddresses(parseTarget(text), allowed, resolve);
}

/** The part of these rules that asks for addresses. @param url as `parseTarget` gave it */
export async function checkAddresses(url: URL, allowed: AllowedHosts, resolve: Resolve): Promise<CheckedTarget> {
  return { url, addresses: await checkedAddresses(url.hostname, isAllowedHost(url, allowed), resolve) };
}

/**
 * The same rules for a server that is named by host and port: of mail, of a database.
 *
 * @param host name, IPv4 address in any spelling, or IPv6 address with or without brackets
 * @throws TaskError as `checkTarget` does
 */
export async function checkHost(
  host: string,
  port: number,
  allowed: AllowedHosts,
  resolve: Resolve,
): Promise<CheckedAddresses> {
  const hostname = hostnameOf(host);
  return checkedAddresses(hostname, isAllowedPair(hostname, port, allowed), resolve);
}

/** In the spelling that a URL has. @throws TaskError `SSRF_BLOCKED` */
function hostnameOf(host: string): string {
  const text = `http://${isIPv6(host) ? `[${host}]` : host}/`;
  const isBare = /^[^/?#@\\\s]+$/.test(host) && (isIPv6(host) || !/:\d*$/.test(host.replace(/^\[.*\]/, '')));
  if (!isBare || !URL.canParse(text)) throw blocked('the host is malformed');
  return new URL(text).hostname;
}

async function checkedAddresses(hostname: string, exempt: boolean, resolve: Resolve): Promise<CheckedAddresses> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const name = host.replace(/\.+$/, '').toLowerCase();
  if (!exempt && (name === 'localhost' || name.endsWith('.localhost'))) throw blocked('the host is local');
  const [first, ...others] = await addressesOf(host, resolve);
  if (first === undefined) throw blocked('the host does not resolve');
  if (!exempt && [first, ...others].some(({ address }) => isBlockedAddress(address))) {
    throw blocked('the host has an address that is not public');
  }
  return [first, ...others];
}

/** The part of these rules that asks nobody. @throws TaskError `SSRF_BLOCKED` */
export function parseTarget(text: string): URL {
  if (!URL.canParse(text)) throw blocked('the URL is malformed');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw blocked('only http and https URLs are');
  // An empty user before "@" leaves no trace in the parsed URL, so the text is looked at too.
  const authority = /^[^:]*:[\\/]*([^\\/?#]*)/.exec(text.trim())?.[1] ?? '';
  if (url.username !== '' || url.password !== '' || authority.includes('@')) {
    throw blocked('the URL holds user information');
  }
  return url;
}

async function addressesOf(host: string, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  // RFC 6761: never resolves, and need not be asked for.
  if (/\.invalid\.?$/i.test(host)) return [];
  try {
    return await resolve(host);
  } catch (cause) {
    if (errorCodeOf(cause) === 'EAI_AGAIN') {
      throw retryableError('UPSTREAM_UNAVAILABLE', 'The name of the host cannot be resolved for the moment.');
    }
    return [];
  }
}
