import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { errorCodeOf } from '../task-error.js';
import type { Resolve, ResolvedAddress } from './checked-target.js';
import { candidatesOf, parseNameFiles, type NameFiles } from './name-files.js';

export type ResolverOptions = {
  /** `address:port`; default: those of the system. */
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
  readonly resolvConf?: string;
  /** Longest wait for the addresses of a name, in ms. */
  readonly timeoutMs?: number;
  /** Time for the first answer of a server, in ms; it is asked twice, and given longer the second time. */
  readonly serverTimeoutMs?: number;
};

/** Longest time for the addresses of a name, in ms. */
const MAX_RESOLVE_MS = 5000;
const SERVER_TIMEOUT_MS = 1500;
const SERVER_TRIES = 2;
/** How long files of the system are taken to be as they were read, in ms. */
const FILES_FOR_MS = 5000;

/** There is no such name, or it has no address; anything else may pass. */
const NOT_THERE = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME', 'EBADQUERY']);

/**
 * Asks as the system does (hosts file, search domains, then servers), but never in a thread: those of `getaddrinfo` are
 * four for the whole process, and names whose servers are silent would take all of them from everybody.
 *
 * @returns of one name all addresses; rejects with the code `ENOTFOUND`, or `EAI_AGAIN` where it may be known later
 */
export function makeResolve(options: ResolverOptions = {}): Resolve {
  const { hostsFile = '/etc/hosts', resolvConf = '/etc/resolv.conf', timeoutMs = MAX_RESOLVE_MS } = options;
  const { serverTimeoutMs = SERVER_TIMEOUT_MS } = options;
  let known: { readonly files: NameFiles; readonly resolver: Resolver; readonly at: number } | undefined;

  const current = async (): Promise<NonNullable<typeof known>> => {
    if (known !== undefined && performance.now() - known.at < FILES_FOR_MS) return known;
    const files = parseNameFiles(await textOf(hostsFile), await textOf(resolvConf));
    // A new one each time: it reads the servers of the system when it is made.
    const resolver = new Resolver({ timeout: serverTimeoutMs, tries: SERVER_TRIES });
    if (options.servers !== undefined) resolver.setServers(options.servers);
    return (known = { files, resolver, at: performance.now() });
  };
  const addressesOf = async (hostname: string): Promise<readonly ResolvedAddress[]> => {
    const { files, resolver } = await current();
    const listed = files.hosts.get(hostname.replace(/\.$/, '').toLowerCase());
    if (listed !== undefined) return listed.map((address) => ({ address, family: isIP(address) }));
    for (const name of candidatesOf(hostname, files)) {
      const found = await ask(resolver, name);
      if (found.length > 0) return found;
    }
    throw failure('ENOTFOUND', hostname);
  };
  return (hostname) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(failure('EAI_AGAIN', hostname)), timeoutMs);
      void addressesOf(hostname)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
}

/** Both families at once; those of the one that answers where only the other one fails. @throws Error `EAI_AGAIN` */
async function ask(resolver: Resolver, name: string): Promise<readonly ResolvedAddress[]> {
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = [...withFamily(v4, 4), ...withFamily(v6, 6)];
  const mayPass = [v4, v6].some((answer) => answer.status === 'rejected' && !isNotThere(answer.reason));
  if (found.length === 0 && mayPass) throw failure('EAI_AGAIN', name);
  return found;
}

const isNotThere = (cause: unknown): boolean => NOT_THERE.has(errorCodeOf(cause) ?? '');

const withFamily = (answer: PromiseSettledResult<readonly string[]>, family: 4 | 6): readonly ResolvedAddress[] =>
  answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];

const failure = (code: string, name: string): Error => Object.assign(new Error(`${code} ${name}`), { code });

/** A system without the file says nothing in it. */
const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
