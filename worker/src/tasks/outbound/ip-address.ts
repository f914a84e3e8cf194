import { isIPv4, isIPv6 } from 'node:net';

/** Bytes of an IPv4 address in dotted decimal. */
export function ipv4Bytes(address: string): readonly number[] | undefined {
  return isIPv4(address) ? address.split('.').map(Number) : undefined;
}

/** The 16 bytes of an IPv6 address in any spelling, without zone. */
export function ipv6Bytes(address: string): readonly number[] | undefined {
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const [head = '', tail] = address.split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0);
  return [...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]);
}

/** 16-bit groups of one side of `::`; an IPv4 tail counts as two. */
function groupsOf(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    const quad = ipv4Bytes(part);
    if (quad === undefined) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = quad;
    return [a * 256 + b, c * 256 + d];
  });
}
