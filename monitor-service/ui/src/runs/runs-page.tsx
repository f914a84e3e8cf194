import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { DataTable, type Column } from '../parts/data-table.js';
import { Labels } from '../parts/labels.js';
import { Page } from '../parts/page.js';
import { Problem } from '../parts/problem.js';
import { inWorkspace, RunLink } from '../parts/run-link.js';
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
  const columns: readonly Column<RunItem>[] = [
    {
      name: 'Select',
      cell: (run) => (
        <input
          type="checkbox"
          aria-label={`Select the run ${run.runId}`}
          checked={selection.has(run.executionId)}
          onChange={() => toggle(run.executionId)}
        />
      ),
    },
    ...COLUMNS,
  ];
  return (
    <Page key={workspaceId} title="Runs">
      <FilterBar />
      {fault !== undefined && <Problem cause={fault} />}
      <BulkActions
        listed={items}
        selected={items.filter(({ executionId }) => selection.has(executionId))}
        select={(runs) => setSelection(new Set(runs.map(({ executionId }) => executionId)))}
      />
      <DataTable label="Runs" columns={columns} rows={items} keyOf={({ executionId }) => executionId}>
        {list === undefined && fault === undefined && <p className="empty inset">Reading the runs…</p>}
        {list !== undefined && items.length === 0 && (
          <p className="empty inset">
            {filters === '{}' ? (
              <>
                Nothing has run here yet. <Link to={inWorkspace(workspaceId, 'flows')}>Start a run of a flow.</Link>
              </>
            ) : (
              'No run fits these filters.'
            )}
          </p>
        )}
      </DataTable>
      {list !== undefined && list.older !== null && (
        <button className="more" disabled={isReadingOlder} onClick={readOlder}>
          {isReadingOlder ? 'Reading…' : 'Older runs'}
        </button>
      )}
    </Page>
  );
}

const COLUMNS: readonly Column<RunItem>[] = [
  { name: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  {
    name: 'Flow',
    cell: ({ executionId, flowId, version }) => (
      <>
        <RunLink id={executionId}>{flowId}</RunLink> <span className="soft">v{version}</span>
      </>
    ),
  },
  { name: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { name: 'Took', cell: ({ startedAt, closedAt }) => <Duration from={startedAt} to={closedAt} /> },
  { name: 'Trigger', cell: ({ triggerType }) => triggerType.replace('_', ' ') },
  { name: 'Labels', cell: ({ labels }) => <Labels labels={labels} /> },
];
