import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { useFlow, useVersions } from '../../api/flow-queries.js';
import { useIntents } from '../../api/intents.js';
import { useMay } from '../../api/may.js';
import { decided } from '../../api/decided.js';
import { NotAllowed } from '../../parts/not-allowed.js';
import { Problem } from '../../parts/problem.js';
import { Time } from '../../parts/time.js';
import { useWorkspace } from '../../session/use-workspace.js';
import '../../styles/author.css';
import { CompareSheet, ViewSheet } from './version-sheets.js';
import { RollbackSheet } from './rollback-sheet.js';
import '../../styles/parts.css';

/** All versions of a flow: what was in each, what differs, and a way back. */
export default function VersionsPage() {
  const { flowId = '' } = useParams();
  const { workspaceId } = useWorkspace();
  const [search, setSearch] = useSearchParams();
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const flow = useFlow(flowId);
  const versions = useVersions(flowId);
  const failed = [flow, versions].find(({ isError }) => isError);
  const isRead = flow.data !== undefined && versions.data !== undefined;
  const problem = failed && <Problem cause={failed.error} retry={() => void failed.refetch()} isPage={!isRead} />;
  // What was read stays beside a later read that fails: a sheet over it may show secrets that are shown once.
  if (flow.data === undefined || versions.data === undefined)
    return problem ?? <p className="page soft">Reading the versions…</p>;
  const base = `/w/${encodeURIComponent(workspaceId)}/flows/${encodeURIComponent(flowId)}`;
  const { latestVersion } = flow.data;
  const choose = (version: number): void =>
    setChosen(chosen.includes(version) ? chosen.filter((one) => one !== version) : [...chosen, version].slice(-2));
  const [before, after] = chosen.toSorted((a, b) => a - b);
  const compared = /^(\d+)\.\.(\d+)$/.exec(search.get('compare') ?? '');
  const close = (): void => setSearch({});
  return (
    <div className="page">
      <title>{`Versions · ${flowId} · Flowplane`}</title>
      <header className="page-header">
        <h1>
          <Link to={base}>{flowId}</Link> · versions
        </h1>
        <Link className="button" to={`${base}/edit`}>
          Edit
        </Link>
      </header>
      {problem}
      <NotAllowed operation="publishFlow">You may look at versions, and not publish or archive them.</NotAllowed>
      {versions.data.length === 0 ? (
        <p className="empty">Nothing is published yet. “Edit” leads to the draft, which can be published there.</p>
      ) : (
        <>
          <div className="tools">
            <button
              disabled={before === undefined || after === undefined}
              onClick={() => setSearch({ compare: `${before}..${after}` })}
            >
              Compare {before !== undefined && after !== undefined ? `${before} and ${after}` : 'two versions'}
            </button>
            <span className="soft">Choose two to compare them.</span>
          </div>
          <VersionTable
            {...{ flowId, chosen, choose, latestVersion }}
            versions={versions.data}
            open={(what, version) => setSearch({ [what]: String(version) })}
          />
        </>
      )}
      {compared !== null && <CompareSheet {...{ flowId, close }} versions={[compared[1] ?? '', compared[2] ?? '']} />}
      {search.has('version') && <ViewSheet {...{ flowId, close }} version={search.get('version') ?? ''} />}
      {search.has('rollback') && (
        <RollbackSheet
          key={search.get('rollback')}
          {...{ flow: flow.data, close }}
          version={search.get('rollback') ?? ''}
        />
      )}
    </div>
  );
}

type VersionTableProps = {
  readonly flowId: string;
  readonly versions: NonNullable<ReturnType<typeof useVersions>['data']>;
  readonly latestVersion: number | null;
  /** Those that are compared. */
  readonly chosen: readonly number[];
  readonly choose: (version: number) => void;
  readonly open: (what: 'version' | 'rollback', version: number) => void;
};

function VersionTable({ flowId, versions, latestVersion, chosen, choose, open }: VersionTableProps) {
  const mayPublish = useMay('publishFlow');
  return (
    <div className="table-frame versions">
      <table>
        <thead>
          <tr>
            <th>Compare</th>
            <th>Version</th>
            <th>Published</th>
            <th>By</th>
            <th>What can be done</th>
          </tr>
        </thead>
        <tbody>
          {versions.map(({ version, createdAt, createdBy, archivedAt }) => (
            <tr key={version}>
              <td>
                <input
                  type="checkbox"
                  aria-label={`Compare version ${version}`}
                  checked={chosen.includes(version)}
                  onChange={() => choose(version)}
                />
              </td>
              <td>
                {version}
                {version === latestVersion && <strong> · in use</strong>}
                {archivedAt !== undefined && <span className="soft"> · archived</span>}
              </td>
              <td>
                <Time at={createdAt} />
              </td>
              <td>{createdBy}</td>
              <td>
                <button onClick={() => open('version', version)}>View</button>{' '}
                {version !== latestVersion && (
                  <button disabled={!mayPublish} onClick={() => open('rollback', version)}>
                    Roll back to it…
                  </button>
                )}{' '}
                {version !== latestVersion && archivedAt === undefined && <ArchiveButton {...{ flowId, version }} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ArchiveButton({ flowId, version }: { readonly flowId: string; readonly version: number }) {
  const { workspaceId, flowplane } = useWorkspace();
  const queries = useQueryClient();
  const may = useMay('archiveVersion');
  const intend = useIntents();
  const archive = useMutation({
    mutationFn: () =>
      intend('archive', async (idempotencyKey) => {
        const call = { params: { flowId, version }, idempotencyKey };
        return decided(flowplane, (await flowplane.call('archiveVersion', call)).body);
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['versions', workspaceId, flowId] }),
  });
  return (
    <>
      <button
        disabled={!may || archive.isPending}
        onClick={() => {
          if (confirm(`Archive version ${version}? It starts no more runs; it can still be read.`)) archive.mutate();
        }}
      >
        Archive
      </button>
      {archive.isError && <Problem cause={archive.error} />}
    </>
  );
}
