/**
 * Releases that this one can write for, oldest first; the last is this one. All of them stop at a schema that they do
 * not know instead of taking it for garbage. The commit of each is in `infra/e2e/upgrade/releases.json`.
 */
export const RELEASES = ['0.2', '0.3'] as const;
export type Release = (typeof RELEASES)[number];
export const THIS_RELEASE: Release = RELEASES[RELEASES.length - 1] as Release;

/**
 * Which release wrote a schema first: `kind/name.fingerprint` → release. What is not listed is as old as the oldest of
 * `RELEASES`. A new schema gets its row here.
 */
export const FIRST_WRITTEN_IN: Readonly<Record<string, Release>> = {
  'command/ArchiveFlowVersion.650ff84ec11cee41': '0.3',
  'event/FlowVersionArchived.de00fb63484d32ed': '0.3',
  'command/ChangeTenantKey.d7fae5b98e40ab3e': '0.3',
  'event/TenantKeyChanged.d557f878df33704e': '0.3',
};

/**
 * What a release writes a type of messages with.
 *
 * @param candidates schemas of one type, oldest first
 * @param firstWrittenIn release that wrote a candidate first; undefined: all have
 * @returns the newest of those that `release` knows; undefined when the type came later
 */
export function newestKnownTo<T>(
  release: string,
  candidates: readonly T[],
  firstWrittenIn: (candidate: T) => string | undefined,
  releases: readonly string[] = RELEASES,
): T | undefined {
  const place = (name: string | undefined): number => (name === undefined ? 0 : releases.indexOf(name));
  return candidates.findLast((candidate) => place(firstWrittenIn(candidate)) <= place(release));
}
