import { plaintextFaults, type ConfigOf, type PLAINTEXT_ENTRIES } from '@flowplane/plumbing/config';

/** What is wrong with the URL of a backend that credentials are sent to; the faults name its variable. */
export function backendUrlFaults(
  config: Partial<ConfigOf<typeof PLAINTEXT_ENTRIES>>,
  variable: string,
  text: string | undefined,
): readonly string[] {
  if (text === undefined) return [];
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  const faults: string[] = [];
  if (username !== '' || password !== '') faults.push(`${variable} holds a user or password`);
  if (search !== '' || hash !== '') faults.push(`${variable} must end with its path`);
  const encrypted = protocol === 'https:';
  return [...faults, ...plaintextFaults(config, [{ variable, addresses: [hostname], encrypted, remedy: 'use https' }])];
}
