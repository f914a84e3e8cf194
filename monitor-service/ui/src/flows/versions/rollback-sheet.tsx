import type { FlowDefinition } from '@flowplane/contracts/flow/document';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import type { Flow } from '../../api/flow-queries.js';
import { newKey } from '../../api/new-key.js';
import { useVersion } from '../../api/run-queries.js';
import { decided } from '../../api/decided.js';
import { PublishedSheet, type Published } from '../../author/sheets/publish-sheet.js';
import { isConflict } from '../../author/use-draft.js';
import { Problem } from '../../parts/problem.js';
import { Sheet } from '../../parts/sheet.js';
import { useWorkspace } from '../../session/use-workspace.js';
import { VersionDiff } from './version-sheets.js';

export type RollbackSheetProps = { readonly flow: Flow; readonly version: string; readonly close: () => void };

/** Publishes what an earlier version was as the next one, once it was seen what that changes. */
export function RollbackSheet({ flow, version, close }: RollbackSheetProps) {
  const { flowId, latestVersion } = flow;
  const { workspaceId, flowplane } = useWorkspace();
  const queries = useQueryClient();
  const target = useVersion(flowId, version);
  const latest = useVersion(flowId, latestVersion === null ? undefined : String(latestVersion));
  const key = useRef(newKey());
  const rollBack = useMutation({
    mutationFn: async (): Promise<Published> => {
      if (target.data === undefined) throw new Error('The version has not been read yet.');
      const { definition, definitionYaml } = target.data;
      const draft =
        definitionYaml === null ? { definition: definition as unknown as FlowDefinition } : { definitionYaml };
      const params = { flowId };
      // The draft becomes that of the version; whoever has changed it meanwhile is not overwritten.
      const update = {
        params,
        body: draft,
        ifMatch: flow.revision,
        handling: 'lenient',
        idempotencyKey: `${key.current}-draft`,
      } as const;
      const { revision } = await decided<Flow>(flowplane, (await flowplane.call('updateFlow', update)).body as Flow);
      const publish = { params, ifMatch: revision, handling: 'lenient', idempotencyKey: key.current } as const;
      return decided<Published>(flowplane, (await flowplane.call('publishFlow', publish)).body as Published);
    },
    onSettled: () => {
      for (const name of ['flow', 'versions', 'text-to-edit'])
        void queries.invalidateQueries({ queryKey: [name, workspaceId, flowId] });
    },
  });
  if (rollBack.isSuccess) return <PublishedSheet published={rollBack.data} close={close} />;
  const isDraftChanged =
    latest.data !== undefined && JSON.stringify(latest.data.definition) !== JSON.stringify(flow.definition);
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
      {target.isError && <Problem cause={target.error} retry={() => void target.refetch()} />}
      {latestVersion !== null && <VersionDiff {...{ flowId, before: String(latestVersion), after: version }} />}
      {rollBack.isError && (
        <>
          {isConflict(rollBack.error) && (
            <p>Somebody has saved the draft meanwhile. Close this, and look at it again.</p>
          )}
          <Problem cause={rollBack.error} />
        </>
      )}
      <div className="actions">
        <button
          className="primary"
          disabled={rollBack.isPending || !target.isSuccess}
          onClick={() => rollBack.mutate()}
        >
          {rollBack.isPending ? 'Publishing…' : `Publish version ${version} again`}
        </button>
        <button onClick={close}>Leave it</button>
      </div>
    </Sheet>
  );
}
