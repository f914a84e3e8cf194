import { ipv4Bytes, ipv6Bytes } from './ip-address.js';

type Range = { readonly prefix: readonly number[]; readonly bits: number };

const range = (bytes: readonly number[], bits: number): Range => ({ prefix: bytes, bits });

/** Ranges of tasks 4.4. */
const BLOCKED_V4: readonly Range[] = [
  range([0], 8),
  range([10], 8),
  range([100, 64], 10),
  range([127], 8),
  range([169, 254], 16),
  range([172, 16], 12),
  range([192, 0, 0], 24),
  range([192, 168], 16),
  range([198, 18], 15),
  range([224], 4),
  range([240], 4),
];
const ZEROS = Array.from({ length: 16 }, () => 0);
const BLOCKED_V6: readonly Range[] = [
  range(ZEROS, 128),
  range([...ZEROS.slice(1), 1], 128),
  range([0xfc], 7),
  range([0xfe, 0x80], 10),
  range([0xff], 8),
];

/** Forms that carry an IPv4 address: where it stands, by byte. */
const EMBEDDING: readonly { readonly within: Range; readonly at: readonly number[] }[] = [
  // IPv4-compatible ::/96, IPv4-mapped ::ffff:0:0/96, and its translated form ::ffff:0:0:0/96
  { within: range(ZEROS.slice(0, 12), 96), at: [12, 13, 14, 15] },
  { within: range([...ZEROS.slice(0, 10), 0xff, 0xff], 96), at: [12, 13, 14, 15] },
  { within: range([...ZEROS.slice(0, 8), 0xff, 0xff, 0, 0], 96), at: [12, 13, 14, 15] },
  // 6to4
  { within: range([0x20, 0x02], 16), at: [2, 3, 4, 5] },
  // NAT64: the well-known prefix, and the local one (RFC 8215) in both places RFC 6052 can put the address
  { within: range([0, 0x64, 0xff, 0x9b, ...ZEROS.slice(0, 8)], 96), at: [12, 13, 14, 15] },
  { within: range([0, 0x64, 0xff, 0x9b, 0, 1], 48), at: [6, 7, 9, 10] },
  { within: range([0, 0x64, 0xff, 0x9b, 0, 1], 48), at: [12, 13, 14, 15] },
];

/**
 * True when a task must not connect to this address (tasks 4.4): private, loopback, link-local, multicast, reserved,
 * or an IPv6 form of such an IPv4 address. What is no plain IP address, a zone included, is blocked too.
 */
export function isBlockedAddress(address: string): boolean {
  const v4 = ipv4Bytes(address);
  if (v4 !== undefined) return isWithinAny(v4, BLOCKED_V4);
  const v6 = ipv6Bytes(address);
  if (v6 === undefined) return true;
  if (isWithinAny(v6, BLOCKED_V6)) return true;
  return EMBEDDING.some(({ within, at }) => {
    const embedded = at.map((index) => v6[index] ?? 0);
    return isWithin(v6, within) && isWithinAny(embedded, BLOCKED_V4);
  });
}

const isWithinAny = (bytes: readonly number[], ranges: readonly Range[]): boolean =>
  ranges.some((candidate) => isWithin(bytes, candidate));

function isWithin(bytes: readonly number[], { prefix, bits }: Range): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const index = bit / 8;
    const mask = bits - bit >= 8 ? 0xff : (0xff << (8 - (bits - bit))) & 0xff;
    if (((bytes[index] ?? 0) & mask) !== ((prefix[index] ?? 0) & mask)) return false;
  }
  return true;
}
