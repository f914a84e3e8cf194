import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Flow } from '../../api/flow-queries.js';
import { useMay } from '../../api/may.js';
import { newKey } from '../../api/new-key.js';
import { useVersion } from '../../api/run-queries.js';
import { isConflict } from '../../author/save-draft.js';
import { PublishedSheet } from '../../author/sheets/publish-sheet.js';
import { isSameText } from '../../author/text-of.js';
import { NotAllowed } from '../../parts/not-allowed.js';
import { Problem } from '../../parts/problem.js';
import { Sheet } from '../../parts/sheet.js';
import { useWorkspace } from '../../session/use-workspace.js';
import { OnlyDraftChanged, rollBack } from './roll-back.js';
import { VersionDiff } from './version-sheets.js';

export type RollbackSheetProps = { readonly flow: Flow; readonly version: string; readonly close: () => void };

/** Publishes what an earlier version was as the next one, once it was seen what that changes. */
export function RollbackSheet({ flow, version, close }: RollbackSheetProps) {
  const { flowId, latestVersion } = flow;
  const { workspaceId, flowplane } = useWorkspace();
  const queries = useQueryClient();
  const [mayUpdate, mayPublish] = [useMay('updateFlow'), useMay('publishFlow')];
  const target = useVersion(flowId, version);
  const latest = useVersion(flowId, latestVersion === null ? undefined : String(latestVersion));
  const [key] = useState(newKey);
  const rollingBack = useMutation({
    mutationFn: () => {
      if (target.data === undefined) throw new Error('The version has not been read yet.');
      return rollBack(flowplane, { flowId, revision: flow.revision, target: target.data, key });
    },
    onSettled: () => {
      for (const name of ['flow', 'versions'])
        void queries.invalidateQueries({ queryKey: [name, workspaceId, flowId] });
    },
    gcTime: 0, // secrets are in the answer
  });
  if (rollingBack.isSuccess)
    return <PublishedSheet published={rollingBack.data} close={close} leave="Back to the versions" />;
  const isDraftChanged = latest.data !== undefined && !isSameText(latest.data, flow);
  // Whether the draft has changes must be known before they are replaced.
  const isRead = target.data !== undefined && (latestVersion === null || latest.data !== undefined);
  const unread = [target, latest].find(({ isError, data }) => isError && data === undefined);
  return (
    <Sheet title={`Roll back to version ${version}`} close={close}>
      <p>
        What was published as version {version} is published again, as version {(latestVersion ?? 0) + 1}. New runs and
        triggers follow it; runs that have begun go on as they are.
      </p>
      {isDraftChanged && (
        <p className="notice notice-warning">
          <strong>The draft has changes that are not published. They are replaced.</strong>
        </p>
      )}
      <NotAllowed operation={mayUpdate ? 'publishFlow' : 'updateFlow'}>
        You may look at what it would change, and not roll back.
      </NotAllowed>
      {unread !== undefined && <Problem cause={unread.error} retry={() => void unread.refetch()} />}
      {latestVersion !== null && <VersionDiff {...{ flowId, before: String(latestVersion), after: version }} />}
      {rollingBack.isError && <Failure cause={rollingBack.error} />}
      <div className="actions">
        <button
          className="primary"
          disabled={!mayUpdate || !mayPublish || rollingBack.isPending || !isRead}
          onClick={() => rollingBack.mutate()}
        >
          {rollingBack.isPending ? 'Publishing…' : `Publish version ${version} again`}
        </button>
        <button onClick={close}>Leave it</button>
      </div>
    </Sheet>
  );
}

function Failure({ cause }: { readonly cause: Error }) {
  const refused = cause instanceof OnlyDraftChanged ? cause.cause : cause;
  return (
    <>
      {cause instanceof OnlyDraftChanged && <p>{cause.message}</p>}
      {isConflict(refused) && <p>Somebody has saved the draft meanwhile. Close this, and look at it again.</p>}
      <Problem cause={refused} />
    </>
  );
}
