import type { AnswerOf } from '@flowplane/contracts/client';
import { Link, useSearchParams } from 'react-router';
import { usePages } from '../api/use-pages.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { FilterChoice, FilterText, FilterTime } from '../parts/filter-fields.js';
import { Paged } from '../parts/paged.js';
import { Page } from '../parts/page.js';
import { FlowLink, inWorkspace, RunLink } from '../parts/run-link.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { useTemplateApi } from '../templates/use-template-api.js';
import {
  AUDIT_SUBJECTS,
  auditFiltersOf,
  eventTypesOf,
  subjectOf,
  whatOf,
  withSubject,
  type AuditFilter,
  type AuditSubject,
} from './audit-filters.js';

type Entry = AnswerOf<'listAudit'>['items'][number];

const columnsOf = (subject: AuditSubject): readonly Column<Entry>[] => [
  { name: 'When', cell: ({ occurredAt }) => <Time at={occurredAt} /> },
  { name: 'Who', cell: Who, isLong: true },
  { name: 'What', cell: whatOf },
  { name: 'Of what', cell: subject === 'templates' ? OfTemplate : OfWhat, isLong: true },
  { name: 'Outcome', cell: Outcome },
];
const COLUMNS: Readonly<Record<AuditSubject, readonly Column<Entry>[]>> = {
  workspace: columnsOf('workspace'),
  templates: columnsOf('templates'),
};
const SUBJECT_NAMES: Readonly<Record<AuditSubject, string>> = {
  workspace: 'This workspace',
  templates: 'Templates of the tenant',
};

/** Who did what, and what was denied; newest first. */
export default function AuditPage() {
  const { flowplane: ofWorkspace } = useWorkspace();
  const { flowplane: ofTemplates } = useTemplateApi();
  const [address] = useSearchParams();
  const subject = subjectOf(address);
  const flowplane = subject === 'templates' ? ofTemplates : ofWorkspace;
  const filters = auditFiltersOf(address);
  const entries = usePages<Entry>(['audit', subject, filters], async (page, signal) => {
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
      <div className="choices" role="group" aria-label="Of what">
        {AUDIT_SUBJECTS.map((one) => (
          <Link
            key={one}
            className="choice"
            to={{ search: withSubject(address, one).toString() }}
            replace
            aria-current={one === subject ? 'true' : undefined}
          >
            {SUBJECT_NAMES[one]}
          </Link>
        ))}
      </div>
      <AuditFilters subject={subject} />
      <Paged
        pages={entries}
        name="entries"
        empty={isFiltered ? 'No entry fits these filters.' : 'Nothing has been done here yet.'}
      >
        {(items) => (
          <DataTable label="Audit" columns={COLUMNS[subject]} rows={items} keyOf={({ eventId }) => eventId} />
        )}
      </Paged>
    </Page>
  );
}

function AuditFilters({ subject }: { readonly subject: AuditSubject }) {
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
      <FilterChoice title="What" values={eventTypesOf(subject)} {...field('eventType')} />
      <FilterText title="Who" placeholder="name" {...field('actorId')} />
      <FilterText title={subject === 'templates' ? 'Template' : 'Flow'} placeholder="id" {...field('flowId')} />
      <FilterText title="Run" placeholder="id" {...field('executionId')} />
      <FilterTime title="From" {...field('from')} />
      <FilterTime title="To" {...field('to')} />
      {Object.keys(auditFiltersOf(address)).length > 0 && (
        <button onClick={() => setAddress(withSubject(new URLSearchParams(), subject), { replace: true })}>
          Clear
        </button>
      )}
    </div>
  );
}

function Who({ actorId, onBehalfOf, comment }: Entry) {
  return (
    <>
      {actorId}
      {onBehalfOf !== undefined && <span className="soft"> for {onBehalfOf}</span>}
      {comment !== undefined && <div className="soft">“{comment}”</div>}
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

/** The id of a template stands where that of a flow would (flows-api 13.2). */
function OfTemplate({ flowId: templateId, eventType }: Entry) {
  const { workspaceId } = useWorkspace();
  if (templateId === null) return <span className="soft">–</span>;
  if (eventType === 'template.deleted') return <>{templateId}</>;
  return <Link to={inWorkspace(workspaceId, 'templates', templateId)}>{templateId}</Link>;
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
