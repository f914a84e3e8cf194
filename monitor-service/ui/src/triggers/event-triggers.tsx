import { useQuery } from '@tanstack/react-query';
import type { Trigger } from '@flowplane/contracts/flow/document';
import { DataTable, type Column } from '../parts/data-table.js';
import { Problem } from '../parts/problem.js';
import { FlowLink } from '../parts/run-link.js';
import { useWorkspace } from '../session/use-workspace.js';

type EventTrigger = { readonly flowId: string; readonly version: number; readonly trigger: Trigger };

const COLUMNS: readonly Column<EventTrigger>[] = [
  {
    name: 'Flow',
    cell: ({ flowId, version }) => (
      <>
        <FlowLink id={flowId} /> <span className="soft">v{version}</span>
      </>
    ),
  },
  { name: 'Event type', cell: ({ trigger }) => <code>{trigger.eventType}</code> },
  { name: 'Filter', cell: ({ trigger }) => <Expression text={trigger.filter} />, isLong: true },
  { name: 'Known again by', cell: ({ trigger }) => <Expression text={trigger.dedupeKey} />, isLong: true },
];

/** Versions that are read at the same time. */
const AT_A_TIME = 4;

/** Triggers of events, which no route lists: they are taken from the latest versions of the flows. */
export function EventTriggers() {
  const { workspaceId, flowplane } = useWorkspace();
  const triggers = useQuery({
    queryKey: ['event-triggers', workspaceId],
    queryFn: async ({ signal }): Promise<readonly EventTrigger[]> => {
      const flows = [...(await flowplane.call('listFlows', { signal })).body.items];
      const found: EventTrigger[] = [];
      const work = async (): Promise<void> => {
        for (let flow = flows.shift(); flow !== undefined; flow = flows.shift()) {
          const { flowId, latestVersion: version } = flow;
          if (version === null) continue;
          const { body } = await flowplane.call('getVersion', { params: { flowId, version }, signal });
          const all = (body.definition['triggers'] ?? []) as readonly Trigger[];
          const events = all.filter(({ kind }) => kind === 'platform-event');
          found.push(...events.map((trigger) => ({ flowId, version, trigger })));
        }
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, work));
      return found.toSorted((a, b) => a.flowId.localeCompare(b.flowId));
    },
    staleTime: 60_000,
  });
  if (triggers.isPending) return <p className="empty">Reading the flows…</p>;
  const problem = triggers.isError && <Problem cause={triggers.error} retry={() => void triggers.refetch()} />;
  if (triggers.data === undefined) return problem;
  if (triggers.data.length === 0) {
    return (
      <p className="empty nothing">
        No flow waits for events. One does by a trigger of kind <code>platform-event</code> in its definition.
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
        keyOf={({ flowId, trigger }) => `${flowId} ${JSON.stringify(trigger)}`}
      />
      <p className="soft">
        The topic that producers write to is in the answer of the publish (<code>topicRef</code>).
      </p>
    </>
  );
}

const Expression = ({ text }: { readonly text: string | undefined }) =>
  text === undefined ? <span className="soft">–</span> : <code>{text}</code>;
