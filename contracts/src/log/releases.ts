/**
 * Releases that this one can write for, oldest first; the last is this one. All of them stop at a schema that they do
 * not know instead of taking it for garbage. The commit of each is in `infra/e2e/upgrade/releases.json`.
 */
export const RELEASES = ['0.2', '0.3', '0.4'] as const;
export type Release = (typeof RELEASES)[number];
export const THIS_RELEASE: Release = RELEASES[RELEASES.length - 1] as Release;

/**
 * Which release wrote a schema first: `kind/name.fingerprint` → release. What is not listed is as old as the oldest of
 * `RELEASES`. A new schema gets its row here.
 */
export const FIRST_WRITTEN_IN: Readonly<Record<string, Release>> = {
  'command/ArchiveFlowVersion.650ff84ec11cee41': '0.3',
  'event/FlowVersionArchived.de00fb63484d32ed': '0.3',
  'command/ProvisionTemplate.d35efbb2441e6b65': '0.3',
  'command/DeprovisionTemplate.16789256a18123ea': '0.3',
  'event/ProvisioningRequested.0a5d7acf1f9ec189': '0.3',
  'event/ProvisioningFinished.e82514220e54575f': '0.3',
  'event/DeprovisioningRequested.7c6f1534b064edc4': '0.3',
  'command/CreateTemplate.ecc4fb9b29bb0fc4': '0.3',
  'command/UpdateTemplate.1d43df59ce77a92b': '0.3',
  'command/DeleteTemplate.f9f8aa036f68bd8a': '0.3',
  'command/RecordProvisioningNodeStarted.958be895c5e14407': '0.3',
  'command/RecordResourceCreated.2d153333e4222a75': '0.3',
  'command/RecordResourceRemoved.d683b0708f9956d3': '0.3',
  'command/RecordProvisioningFinished.e23110ebb58669bc': '0.3',
  'command/RecordDeprovisioningFinished.73d2afa73ae6442f': '0.3',
  'event/TemplateCreated.050674b4602d7c42': '0.3',
  'event/TemplateUpdated.75c2b52aa928a812': '0.3',
  'event/TemplateDeleted.b30a8ec72eaffaea': '0.3',
  'event/ProvisioningNodeStarted.15a33584772513ae': '0.3',
  'event/ResourceCreated.f9f57579cd328a08': '0.3',
  'event/ResourceRemoved.a0478ad9deace0f3': '0.3',
  'event/DeprovisioningFinished.db1eb0844dd2dbe5': '0.3',
  'command/ChangeTenantKey.d7fae5b98e40ab3e': '0.3',
  'event/TenantKeyChanged.d557f878df33704e': '0.3',
  'command/PutConnection.c5c2496940b5133a': '0.4',
  'command/DeleteConnection.da5bd075e773f6f0': '0.4',
  'event/ConnectionPut.9121ebcfd3958c8b': '0.4',
  'event/ConnectionRemoved.3dafa1ebddbce5d4': '0.4',
  'command/SetLlmModels.b4caac2a648bc53e': '0.4',
  'event/LlmModelsSet.1966888d9cb0047d': '0.4',
  'command/StartExecution.dec6f5c511f846a6': '0.4',
  'command/RetryExecution.2dbf9654270d6211': '0.4',
  'event/ExecutionRequested.8d0cfa56fde024f8': '0.4',
  'command/CreateTemplate.cf206db09907c3fb': '0.4',
  'command/UpdateTemplate.ecdf0f8b143d726a': '0.4',
  'event/TemplateCreated.d864e879a99ab73d': '0.4',
  'event/TemplateUpdated.dcb802e77a96a3e1': '0.4',
  'frame/NodeFrame.ebb76d370623ea23': '0.4',
  'frame/RunEnding.89e0ad5453d2a3ff': '0.4',
  'command/SignalExecution.41f1d5a10e972299': '0.4',
  'command/PauseSchedule.14c9f9b0a0165e7c': '0.4',
  'command/ResumeSchedule.e405db3597eec839': '0.4',
  'event/ExecutionSignaled.c016076db96770dd': '0.4',
  'event/SchedulePaused.b8126e68efab1a62': '0.4',
  'event/ScheduleResumed.f9daa57e10fb5898': '0.4',
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
