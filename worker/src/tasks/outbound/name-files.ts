/** What the files of the system say about names, as `getaddrinfo` reads them. */
export type NameFiles = {
  /** Addresses by name, in the order of the hosts file; names in lower case. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  /** Domains that are tried behind a name. */
  readonly search: readonly string[];
  /** A name with at least so many dots is tried as it is first. */
  readonly ndots: number;
};

const DEFAULT_NDOTS = 1;
const MAX_NDOTS = 15;

/** @param hosts text of /etc/hosts @param resolvConf text of /etc/resolv.conf */
export function parseNameFiles(hosts: string, resolvConf: string): NameFiles {
  const addresses = new Map<string, string[]>();
  for (const [address = '', ...names] of wordsOf(hosts, /#.*/)) {
    for (const name of names.map((text) => text.toLowerCase())) {
      addresses.set(name, [...(addresses.get(name) ?? []), address]);
    }
  }
  let search: readonly string[] = [];
  let ndots = DEFAULT_NDOTS;
  for (const [keyword, ...values] of wordsOf(resolvConf, /[#;].*/)) {
    // Of several the last one counts.
    if (keyword === 'search') search = values;
    if (keyword === 'domain') search = values.slice(0, 1);
    if (keyword === 'options') ndots = Number(/\bndots:(\d+)/.exec(values.join(' '))?.[1] ?? ndots);
  }
  return { hosts: addresses, search: search.filter((domain) => domain !== '.'), ndots: Math.min(ndots, MAX_NDOTS) };
}

function wordsOf(text: string, comment: RegExp): readonly (readonly string[])[] {
  const lines = text.split('\n').map((line) => line.replace(comment, '').trim());
  return lines.filter((line) => line !== '').map((line) => line.split(/\s+/));
}

/** The full names a name may stand for, in the order in which they are asked for. */
export function candidatesOf(name: string, { search, ndots }: NameFiles): readonly string[] {
  if (name.endsWith('.')) return [name];
  const longer = search.map((domain) => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [name, ...longer] : [...longer, name];
}
