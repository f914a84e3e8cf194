import type { TopicSpec } from '@flowplane/contracts';

/** Settings of which more is better; -1 is without bound. */
const AT_LEAST: ReadonlySet<string> = new Set([
  'retention.ms',
  'retention.bytes',
  'max.message.bytes',
  'min.insync.replicas',
]);

/**
 * Settings that a topic is created with. With three replicas or more a record counts as written when two have it, so
 * that one broker may be lost without losing a record, and without refusing the next one.
 */
export const settingsOf = (spec: TopicSpec, replicationFactor: number): Readonly<Record<string, string>> => ({
  'min.insync.replicas': replicationFactor >= 3 ? '2' : '1',
  ...spec.config,
});

/**
 * Where a topic keeps less than it should.
 *
 * @param actual settings as the brokers have them, defaults of the broker included
 * @returns a sentence for each, with the command's part that mends it
 */
export function weakSettings(
  wanted: Readonly<Record<string, string>>,
  actual: ReadonlyMap<string, string>,
): readonly string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const has = actual.get(name);
    if (has === undefined || isEnough(name, value, has)) return [];
    return [`${name} is ${has}, and must be ${AT_LEAST.has(name) ? 'at least ' : ''}${value}`];
  });
}

function isEnough(name: string, wanted: string, actual: string): boolean {
  if (!AT_LEAST.has(name)) return actual === wanted;
  if (actual === '-1') return true;
  return wanted !== '-1' && Number(actual) >= Number(wanted);
}
