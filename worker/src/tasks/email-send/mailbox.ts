import { domainToASCII } from 'node:url';

/** One address of a message. */
export type Mailbox = {
  /** As the author wrote it: what outputs name. */
  readonly address: string;
  /** The same with its domain in ASCII: as it is sent to the mail server. */
  readonly envelope: string;
  /** What readers see beside it; empty: nothing. */
  readonly name: string;
};

const MAX_LOCAL_BYTES = 64;
const MAX_ADDRESS_BYTES = 254;
const MAX_NAME_CHARACTERS = 256;

/**
 * Words with dots between. Left out of what RFC 5322 allows in them: `|` and `/`, which some servers take for a program or a file,
 * and `!` and `%`, which are old ways to name a route. Quoted local parts are left out for the same reason.
 */
const LOCAL_PART = /^[A-Za-z0-9#$&'*+=?^_`{}~-]+(?:\.[A-Za-z0-9#$&'*+=?^_`{}~-]+)*$/;
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * Reads `local@domain` or `Name <local@domain>`. The domain may be written in any alphabet; address literals and hosts
 * without a domain are no addresses here.
 *
 * @returns undefined for anything else, lists of addresses among it
 */
export function parseMailbox(text: string): Mailbox | undefined {
  const [, written = '', bracketed] = /^(?:([^<>]*)<([^<>]*)>|[^<>]*)$/.exec(text) ?? [];
  const name = unquoted(written.trim());
  const address = bracketed ?? text;
  const at = address.lastIndexOf('@');
  const [local, domain] = [address.slice(0, Math.max(at, 0)), asciiDomain(address.slice(at + 1))];
  if (name === undefined || !LOCAL_PART.test(local) || domain === undefined) return undefined;
  const envelope = `${local}@${domain}`;
  const fits = local.length <= MAX_LOCAL_BYTES && envelope.length <= MAX_ADDRESS_BYTES;
  return fits ? { address, envelope, name } : undefined;
}

/** A name without its quotes; undefined where it holds what only stands between addresses, or cannot be seen. */
function unquoted(name: string): string | undefined {
  const isQuoted = name.length >= 2 && name.startsWith('"') && name.endsWith('"');
  const plain = isQuoted ? name.slice(1, -1) : name;
  // eslint-disable-next-line no-control-regex
  if (plain.length > MAX_NAME_CHARACTERS || /["\\\u0000-\u001f\u007f]/.test(plain)) return undefined;
  return !isQuoted && /[,;:@()]/.test(plain) ? undefined : plain;
}

function asciiDomain(domain: string): string | undefined {
  // Of what is no name, `domainToASCII` makes one (`a/b` becomes `a`), so the text is looked at first.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u002c\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f\s]/.test(domain)) return undefined;
  const ascii = domainToASCII(domain);
  const labels = ascii.split('.');
  const isName = labels.length >= 2 && labels.every((label) => LABEL.test(label));
  // An IPv4 address would be a literal, which is written in brackets.
  return isName && !/^\d+$/.test(labels.at(-1) ?? '') ? ascii : undefined;
}
