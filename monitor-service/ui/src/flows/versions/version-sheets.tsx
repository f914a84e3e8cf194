import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { textOf } from '../../author/text-of.js';
import { Problem } from '../../parts/problem.js';
import { Sheet } from '../../parts/sheet.js';
import { useWorkspace } from '../../session/use-workspace.js';

const DiffView = lazy(() => import('../../author/editor/diff-view.js'));
const YamlView = lazy(() => import('../../author/editor/yaml-view.js'));

/** The text of a published version, which never changes. */
export function useVersionText(flowId: string, version: string) {
  const { workspaceId, flowplane } = useWorkspace();
  return useQuery({
    queryKey: ['text-of-version', workspaceId, flowId, version],
    queryFn: async ({ signal }) =>
      textOf((await flowplane.call('getVersion', { params: { flowId, version }, signal })).body),
    staleTime: Infinity,
  });
}

type ViewSheetProps = { readonly flowId: string; readonly version: string; readonly close: () => void };

export function ViewSheet({ flowId, version, close }: ViewSheetProps) {
  const text = useVersionText(flowId, version);
  return (
    <Sheet title={`${flowId}, version ${version}`} close={close}>
      {text.isError && <Problem cause={text.error} retry={() => void text.refetch()} />}
      {text.isSuccess && (
        <Suspense fallback={<p className="empty">Opening the text…</p>}>
          <YamlView text={text.data} name={`Definition of version ${version}`} />
        </Suspense>
      )}
    </Sheet>
  );
}

type CompareSheetProps = {
  readonly flowId: string;
  readonly versions: readonly [before: string, after: string];
  readonly close: () => void;
};

export function CompareSheet({ flowId, versions: [before, after], close }: CompareSheetProps) {
  return (
    <Sheet title={`${flowId}: version ${before} and version ${after}`} close={close}>
      <VersionDiff {...{ flowId, before, after }} />
    </Sheet>
  );
}

type VersionDiffProps = { readonly flowId: string; readonly before: string; readonly after: string };

/** What differs between two versions. */
export function VersionDiff({ flowId, before, after }: VersionDiffProps) {
  const texts = [useVersionText(flowId, before), useVersionText(flowId, after)] as const;
  const failed = texts.find(({ isError, data }) => isError && data === undefined);
  if (failed !== undefined) return <Problem cause={failed.error} retry={() => void failed.refetch()} />;
  const [one, other] = texts;
  if (one.data === undefined || other.data === undefined) return <p className="empty">Comparing…</p>;
  return (
    <Suspense fallback={<p className="empty">Comparing…</p>}>
      <DiffView before={one.data} after={other.data} names={[`Version ${before}`, `Version ${after}`]} />
    </Suspense>
  );
}
