import { Link } from 'react-router';
import { usePages } from '../api/use-pages.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { DocsLink } from '../parts/docs-link.js';
import { Paged } from '../parts/paged.js';
import { Page } from '../parts/page.js';
import { inWorkspace } from '../parts/run-link.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { StateBadge } from './state-badge.js';
import { hitsOf, itemOf, type TemplateItem, type TemplateState } from './template-model.js';
import { useTemplateApi } from './use-template-api.js';

type Row = TemplateItem & { readonly state: TemplateState['state']; readonly resources: number };

const READ_AGAIN_MS = 5_000;

/** What is to be made on a search cluster, and how far that is. */
export default function TemplatesPage() {
  const { workspaceId } = useWorkspace();
  const { flowplane } = useTemplateApi();
  const templates = usePages<Row>(
    ['templates'],
    async ({ 'page[size]': size, 'page[after]': after }, signal) => {
      const from = Number(after ?? 0);
      const body = { query: { match_all: {} }, sort: [{ last_updated_time: 'desc' }], size, from };
      const items = hitsOf((await flowplane.call('searchTemplates', { body, signal })).body).map(itemOf);
      const states = await statesOf(items, signal);
      return {
        items: items.map((item) => ({ ...item, ...(states.get(item.id) ?? { state: 'UNKNOWN', resources: 0 }) })),
        nextPageToken: items.length < size ? null : String(from + size),
      };
    },
    { refetchInterval: READ_AGAIN_MS },
  );
  const statesOf = async (items: readonly TemplateItem[], signal: AbortSignal) => {
    if (items.length === 0) return new Map<string, Pick<Row, 'state' | 'resources'>>();
    const body = { query: { ids: { values: items.map(({ id }) => id) } }, size: items.length };
    const answer = await flowplane.call('searchTemplateStates', { body, signal });
    return new Map(
      hitsOf(answer.body).map(({ _id, _source }) => {
        const { state, resources_created: resources = [] } = _source as TemplateState;
        return [_id, { state, resources: resources.length }] as const;
      }),
    );
  };
  const columns: readonly Column<Row>[] = [
    { name: 'Template', cell: ({ id, name }) => <Link to={inWorkspace(workspaceId, 'templates', id)}>{name}</Link> },
    { name: 'State', cell: ({ state }) => <StateBadge state={state} /> },
    { name: 'Resources', cell: ({ resources }) => <span className="number">{resources}</span> },
    { name: 'Use case', cell: ({ useCase }) => useCase ?? <span className="soft">–</span> },
    { name: 'Changed', cell: ({ changedAt }) => <Time at={changedAt} /> },
    { name: 'Id', cell: ({ id }) => <code>{id}</code>, isLong: true },
  ];
  return (
    <Page
      title="Templates"
      about="What is made on the search cluster: pipelines, indices, models. Templates are the tenant’s, the same in each workspace."
    >
      <Paged
        pages={templates}
        name="templates"
        empty={
          <>
            There is no template yet. One is created by <code>POST /_plugins/_flow_framework/workflow</code>; the page{' '}
            <a href="/docs" target="_blank" rel="noreferrer">
              API
            </a>{' '}
            has its form, and <DocsLink page="templates">templates</DocsLink> are explained.
          </>
        }
      >
        {(items) => <DataTable label="Templates" columns={columns} rows={items} keyOf={({ id }) => id} />}
      </Paged>
    </Page>
  );
}
