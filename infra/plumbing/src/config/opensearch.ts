import { optional, text, url } from './entries.js';
import { plaintextFaults, type PLAINTEXT_ENTRIES } from './plaintext.js';
import type { ConfigOf } from './read-config.js';

/** The OpenSearch server that templates provision. Without a URL there is none. */
export const OPENSEARCH_ENTRIES = {
  /** OpenSearch server that templates provision; unset: there is none. */
  openSearchUrl: optional(url('FLOWS_OPENSEARCH_URL')),
  /** User there; set together with its password. */
  openSearchUser: optional(text('FLOWS_OPENSEARCH_USER')),
  /** Password of that user. */
  openSearchPassword: optional(text('FLOWS_OPENSEARCH_PASSWORD')),
};

/** Faults that only several of these entries show together. */
export function openSearchFaults(
  config: Partial<ConfigOf<typeof OPENSEARCH_ENTRIES> & ConfigOf<typeof PLAINTEXT_ENTRIES>>,
): readonly string[] {
  const { openSearchUrl, openSearchUser, openSearchPassword } = config;
  const faults: string[] = [];
  if ((openSearchUser === undefined) !== (openSearchPassword === undefined)) {
    faults.push('FLOWS_OPENSEARCH_USER and FLOWS_OPENSEARCH_PASSWORD are set together or not at all');
  }
  if (openSearchUrl === undefined) return faults;
  const { protocol, hostname, username, password, search, hash } = new URL(openSearchUrl);
  if (username !== '' || password !== '') {
    faults.push(
      'FLOWS_OPENSEARCH_URL holds a user or password: set FLOWS_OPENSEARCH_USER and FLOWS_OPENSEARCH_PASSWORD',
    );
  }
  if (search !== '' || hash !== '') faults.push('FLOWS_OPENSEARCH_URL must end with its path');
  const server = {
    variable: 'FLOWS_OPENSEARCH_URL',
    addresses: [hostname],
    encrypted: protocol === 'https:',
    remedy: 'use https',
  };
  return [...faults, ...plaintextFaults(config, [server])];
}
