import type { AnswerOf } from '@flowplane/contracts/client';
import { useEffect, useRef } from 'react';
import { usePages } from '../api/use-pages.js';
import { useReadsBehind } from '../api/use-workspace-stream.js';
import type { RunPlace } from '../api/run-queries.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { JsonView } from '../parts/json-view.js';
import { Paged } from '../parts/paged.js';
import { StatusBadge } from '../parts/status-badge.js';
import { Duration } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';

type Child = AnswerOf<'listExecutionChildren'>['items'][number];

const READ_AGAIN_MS = 3_000;

const COLUMNS: readonly Column<Child>[] = [
  { name: 'Sub-flow', cell: ({ path }) => path.join(' › '), isLong: true },
  {
    name: 'Flow',
    cell: ({ flowId, version }) => (
      <>
        {flowId} <span className="soft">v{version}</span>
      </>
    ),
  },
  { name: 'Node', cell: ({ nodeId }) => <strong>{nodeId}</strong> },
  { name: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { name: 'Took', cell: Took },
  { name: 'Values', cell: Values, isLong: true },
];

/** Nodes of the runs of sub-flows, which have no pages themselves. */
export function Children({ flowId, executionId, isOver }: RunPlace & { readonly isOver: boolean }) {
  const { flowplane } = useWorkspace();
  const children = usePages<Child>(
    ['children', executionId],
    async (query, signal) =>
      (await flowplane.call('listExecutionChildren', { params: { flowId, executionId }, query, signal })).body,
    { refetchInterval: isOver ? false : READ_AGAIN_MS },
  );
  // What was read before the end lacks the last nodes; read models follow the stream.
  const readBehind = useRef(useReadsBehind(children.again));
  useEffect(() => {
    if (isOver) readBehind.current();
  }, [isOver]);
  return (
    <Paged isPart pages={children} name="nodes of sub-flows" empty="This run has no sub-flow that has begun.">
      {(items) => (
        <DataTable
          label="Nodes of sub-flows"
          columns={COLUMNS}
          rows={items}
          keyOf={({ path, nodeId }) => [...path, nodeId].join('/')}
        />
      )}
    </Paged>
  );
}

function Took({ attempts, reused }: Child) {
  const [first, last] = [attempts.at(0), attempts.at(-1)];
  if (first === undefined || last === undefined) return <span className="soft">{reused ? 'taken over' : '–'}</span>;
  return (
    <>
      <Duration from={first.startedAt} to={last.completedAt} />
      {attempts.length > 1 && <span className="soft"> in {attempts.length} attempts</span>}
    </>
  );
}

function Values({ input, output, error }: Child) {
  return (
    <details>
      <summary>{error === null ? 'Input and output' : <span className="error">{error.message}</span>}</summary>
      <JsonView value={input} />
      <JsonView value={output} />
    </details>
  );
}
