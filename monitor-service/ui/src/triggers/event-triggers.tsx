import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '@flowplane/contracts/client';
import { CopyButton } from '../parts/copy-button.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { DocsLink } from '../parts/docs-link.js';
import { Problem } from '../parts/problem.js';
import { FlowLink } from '../parts/run-link.js';
import { useWorkspace } from '../session/use-workspace.js';

type EventTrigger = AnswerOf<'listEventTriggers'>['items'][number];

const COLUMNS: readonly Column<EventTrigger>[] = [
  {
    name: 'Flow',
    cell: ({ flowId, version }) => (
      <>
        <FlowLink id={flowId} /> <span className="soft">v{version}</span>
      </>
    ),
  },
  { name: 'Event type', cell: ({ eventType }) => <code>{eventType}</code> },
  { name: 'Topic that producers write to', cell: Topic, isLong: true },
  { name: 'Filter', cell: ({ filter }) => <Expression text={filter} />, isLong: true },
  { name: 'Known again by', cell: ({ dedupeKey }) => <Expression text={dedupeKey} />, isLong: true },
];

/** Triggers of events of the platform, with their topics. */
export function EventTriggers() {
  const { workspaceId, flowplane } = useWorkspace();
  const triggers = useQuery({
    queryKey: ['event-triggers', workspaceId],
    queryFn: async ({ signal }) => (await flowplane.call('listEventTriggers', { signal })).body.items,
  });
  if (triggers.isPending) return <p className="empty">Reading the triggers of events…</p>;
  const problem = triggers.isError && <Problem cause={triggers.error} retry={() => void triggers.refetch()} />;
  if (triggers.data === undefined) return problem;
  if (triggers.data.length === 0) {
    return (
      <p className="empty nothing">
        No flow waits for events. One does by a trigger of kind <code>platform-event</code> in its definition. See{' '}
        <DocsLink page="triggers">how triggers work</DocsLink>.
      </p>
    );
  }
  return (
    <>
      {problem}
      <DataTable
        label="Triggers of events"
        columns={COLUMNS}
        rows={triggers.data}
        keyOf={({ triggerId }) => triggerId}
      />
    </>
  );
}

function Topic({ topicRef }: EventTrigger) {
  return (
    <span className="address">
      <code>{topicRef}</code> <CopyButton text={topicRef} label={`Copy the topic ${topicRef}`} />
    </span>
  );
}

const Expression = ({ text }: { readonly text: string | null }) =>
  text === null ? <span className="soft">–</span> : <code>{text}</code>;
