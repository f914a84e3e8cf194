import { createHash } from 'node:crypto';
import type { TenantScope } from '@flowplane/plumbing/postgres';

/** Names that are tried for one topic: the plain one, then those with a suffix. */
const NAMES_TRIED = 10;
const SUFFIX_CHARACTERS = 10;

/** What the brokers name a topic in their metrics. Of two topics that have this in common they refuse the second. */
export const metricName = (topic: string): string => topic.replaceAll('.', '_');

const sha256 = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex');

/** Tells whether a name is one's own, without saying whose it is. */
export const holderOf = ({ tenantId, workspaceId }: TenantScope, plainName: string): string =>
  sha256(tenantId, workspaceId, plainName);

/**
 * Names that a topic may have, the best first: always the same ones for the same workspace. At most 11 characters longer
 * than the plain one, which has at most 229, so within Kafka's 249.
 */
export function namesFor({ tenantId, workspaceId }: TenantScope, plainName: string): readonly string[] {
  const suffixed = Array.from({ length: NAMES_TRIED - 1 }, (_, index) => {
    const suffix = sha256(tenantId, workspaceId, plainName, String(index + 1)).slice(0, SUFFIX_CHARACTERS);
    return `${plainName}-${suffix}`;
  });
  return [plainName, ...suffixed];
}
