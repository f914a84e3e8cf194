import { isIPv4 } from 'node:net';

/**
 * True when an address can only be on this machine. Names are not looked up: what a name means may change.
 *
 * @param address host or `host:port`; an IPv6 address is in brackets
 */
export function isLoopback(address: string): boolean {
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(address);
  const host = (bracketed?.[1] ?? address.replace(/:\d+$/, '')).toLowerCase();
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
