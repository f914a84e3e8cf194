import type { AnswerOf } from '@flowplane/contracts/client';
import { useSearchParams } from 'react-router';
import { usePages } from '../api/use-pages.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { FilterChoice, FilterText, FilterTime } from '../parts/filter-fields.js';
import { Paged } from '../parts/paged.js';
import { Page } from '../parts/page.js';
import { FlowLink, RunLink } from '../parts/run-link.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { auditFiltersOf, EVENT_TYPES, whatOf, type AuditFilter } from './audit-filters.js';

type Entry = AnswerOf<'listAudit'>['items'][number];

const COLUMNS: readonly Column<Entry>[] = [
  { name: 'When', cell: ({ occurredAt }) => <Time at={occurredAt} /> },
  { name: 'Who', cell: Who, isLong: true },
  { name: 'What', cell: whatOf },
  { name: 'Of what', cell: OfWhat, isLong: true },
  { name: 'Outcome', cell: Outcome },
];

/** Who did what, and what was denied; newest first. */
export default function AuditPage() {
  const { flowplane } = useWorkspace();
  const [address] = useSearchParams();
  const filters = auditFiltersOf(address);
  const entries = usePages<Entry>(['audit', filters], async (page, signal) => {
    const query = { ...filters, ...page } as NonNullable<Parameters<typeof flowplane.call<'listAudit'>>[1]>['query'];
    return (await flowplane.call('listAudit', { ...(query === undefined ? {} : { query }), signal })).body;
  });
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <Page
      title="Audit"
      about="Who changed, started or decided what, and what was denied."
      actions={<button onClick={entries.again}>Read again</button>}
    >
      <AuditFilters />
      <Paged
        pages={entries}
        name="entries"
        empty={isFiltered ? 'No entry fits these filters.' : 'Nothing has been done here yet.'}
      >
        {(items) => <DataTable label="Audit" columns={COLUMNS} rows={items} keyOf={({ eventId }) => eventId} />}
      </Paged>
    </Page>
  );
}

function AuditFilters() {
  const [address, setAddress] = useSearchParams();
  const field = (name: AuditFilter) => ({
    value: address.get(name) ?? '',
    set: (value: string): void => {
      const next = new URLSearchParams(address);
      if (value === '') next.delete(name);
      else next.set(name, value);
      setAddress(next, { replace: true });
    },
  });
  return (
    <div className="filters">
      <FilterChoice title="Outcome" values={['accepted', 'denied']} {...field('outcome')} />
      <FilterChoice title="What" values={EVENT_TYPES} {...field('eventType')} />
      <FilterText title="Who" placeholder="name" {...field('actorId')} />
      <FilterText title="Flow" placeholder="id" {...field('flowId')} />
      <FilterText title="Run" placeholder="id" {...field('executionId')} />
      <FilterTime title="From" {...field('from')} />
      <FilterTime title="To" {...field('to')} />
      {address.size > 0 && <button onClick={() => setAddress({}, { replace: true })}>Clear</button>}
    </div>
  );
}

function Who({ actorId, onBehalfOf }: Entry) {
  return (
    <>
      {actorId}
      {onBehalfOf !== undefined && <span className="soft"> for {onBehalfOf}</span>}
    </>
  );
}

function OfWhat({ flowId, flowVersion, executionId, connectionName }: Entry) {
  if (connectionName !== undefined) return <>connection {connectionName}</>;
  if (flowId === null) return <span className="soft">–</span>;
  return (
    <>
      <FlowLink id={flowId} />
      {flowVersion !== null && <span className="soft"> v{flowVersion}</span>}
      {executionId !== null && (
        <>
          {' '}
          · <RunLink id={executionId}>the run</RunLink>
        </>
      )}
    </>
  );
}

function Outcome({ outcome, reason, count }: Entry) {
  if (outcome === 'accepted') return <span data-outcome="accepted">✓ accepted</span>;
  return (
    <span data-outcome="denied">
      ✕ denied{reason === undefined ? '' : `: ${reason.code} (${reason.status})`}
      {count !== undefined && count > 1 && ` × ${count}`}
    </span>
  );
}
