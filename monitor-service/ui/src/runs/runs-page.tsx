import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { Problem } from '../parts/problem.js';
import { StatusBadge } from '../parts/status-badge.js';
import { Duration, Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { BulkActions } from './bulk-actions.js';
import { FilterBar } from './filter-bar.js';
import { filtersOf } from './run-filters.js';
import type { RunItem } from './run-list.js';
import { useRunList } from './use-run-list.js';

/** All runs of the workspace, as they come. */
export function RunsPage() {
  const { workspaceId } = useWorkspace();
  const [address] = useSearchParams();
  const filters = JSON.stringify(filtersOf(address));
  const { list, fault, isReadingOlder, readOlder } = useRunList(filters);
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  const items = list?.items ?? [];
  const toggle = (executionId: string): void =>
    setSelection((before) => {
      const next = new Set(before);
      if (!next.delete(executionId)) next.add(executionId);
      return next;
    });
  const selected = items.filter(({ executionId }) => selection.has(executionId));
  const isAllSelected = items.length > 0 && selected.length === items.length;
  return (
    <div className="page" key={workspaceId}>
      <title>{`Runs · ${workspaceId} · Flowplane`}</title>
      <h1>Runs</h1>
      <FilterBar />
      {fault !== undefined && <Problem cause={fault} />}
      <BulkActions selected={selected} clear={() => setSelection(new Set())} />
      <div className="table-frame">
        <table>
          <thead>
            <tr>
              <th>
                <input
                  type="checkbox"
                  aria-label="Select all that are shown"
                  checked={isAllSelected}
                  onChange={() =>
                    setSelection(new Set(isAllSelected ? [] : items.map(({ executionId }) => executionId)))
                  }
                />
              </th>
              <th>Status</th>
              <th>Flow</th>
              <th>Created</th>
              <th>Took</th>
              <th>Trigger</th>
              <th>Labels</th>
            </tr>
          </thead>
          <tbody>
            {items.map((run) => (
              <Row key={run.executionId} run={run} isSelected={selection.has(run.executionId)} toggle={toggle} />
            ))}
          </tbody>
        </table>
        {list === undefined && fault === undefined && <p className="empty inset">Reading the runs…</p>}
        {list !== undefined && items.length === 0 && (
          <p className="empty inset">
            {filters === '{}' ? (
              <>
                Nothing has run here yet.{' '}
                <Link to={`/w/${encodeURIComponent(workspaceId)}/flows`}>Start a run of a flow.</Link>
              </>
            ) : (
              'No run fits these filters.'
            )}
          </p>
        )}
      </div>
      {list !== undefined && list.older !== null && (
        <button className="more" disabled={isReadingOlder} onClick={readOlder}>
          {isReadingOlder ? 'Reading…' : 'Older runs'}
        </button>
      )}
    </div>
  );
}

type RowProps = {
  readonly run: RunItem;
  readonly isSelected: boolean;
  readonly toggle: (executionId: string) => void;
};

function Row({ run, isSelected, toggle }: RowProps) {
  const { workspaceId } = useWorkspace();
  const to = `/w/${encodeURIComponent(workspaceId)}/runs/${encodeURIComponent(run.executionId)}`;
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={`Select the run ${run.runId}`}
          checked={isSelected}
          onChange={() => toggle(run.executionId)}
        />
      </td>
      <td>
        <StatusBadge status={run.status} />
      </td>
      <td>
        <Link to={to}>{run.flowId}</Link> <span className="soft">v{run.version}</span>
      </td>
      <td>
        <Time at={run.createdAt} />
      </td>
      <td>
        <Duration from={run.startedAt} to={run.closedAt} />
      </td>
      <td>{run.triggerType.replace('_', ' ')}</td>
      <td>
        {Object.entries(run.labels ?? {}).map(([name, text]) => (
          <code key={name} className="label">
            {name}:{text}
          </code>
        ))}
      </td>
    </tr>
  );
}
