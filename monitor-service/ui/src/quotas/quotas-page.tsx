import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '@flowplane/contracts/client';
import { DataTable, type Column } from '../parts/data-table.js';
import { Page } from '../parts/page.js';
import { Problem } from '../parts/problem.js';
import { useWorkspace } from '../session/use-workspace.js';
import { levelOf, MEANINGS, shareOf } from './quota-meanings.js';

type Quota = AnswerOf<'listQuotas'>['items'][number];

const READ_AGAIN_MS = 5_000;

const COLUMNS: readonly Column<Quota>[] = [
  { name: 'What is counted', cell: ({ dimension }) => <strong>{MEANINGS[dimension].name}</strong> },
  { name: 'For each', cell: ({ scope }) => scope },
  { name: 'Used', cell: Usage },
  { name: 'Beyond the limit', cell: ({ dimension }) => MEANINGS[dimension].beyond, isLong: true },
];

/** How much there may be, how much there is, and what happens beyond. */
export default function QuotasPage() {
  const { workspaceId, flowplane } = useWorkspace();
  const quotas = useQuery({
    queryKey: ['quotas', workspaceId],
    queryFn: async ({ signal }) => (await flowplane.call('listQuotas', { signal })).body.items,
    refetchInterval: READ_AGAIN_MS,
  });
  return (
    <Page
      title="Quotas"
      about="Limits of the tenant and of this workspace. The operator of this installation sets them."
    >
      {quotas.isError && (
        <Problem cause={quotas.error} retry={() => void quotas.refetch()} isPage={quotas.data === undefined} />
      )}
      {quotas.isPending && <p className="empty">Reading the quotas…</p>}
      {quotas.data !== undefined && (
        <DataTable label="Quotas" columns={COLUMNS} rows={quotas.data} keyOf={({ dimension }) => dimension} />
      )}
    </Page>
  );
}

function Usage({ dimension, limit, usage }: Quota) {
  if (usage === null) {
    return <span>{limit === -1 ? 'unlimited' : <>at most {limit.toLocaleString()}</>}, counted for each flow</span>;
  }
  if (limit === -1) return <span>{usage.toLocaleString()}, unlimited</span>;
  return (
    <span className="usage" data-level={levelOf(usage, limit)}>
      <meter min={0} max={Math.max(1, limit)} value={Math.min(usage, limit)} aria-label={MEANINGS[dimension].name} />
      <span className="number">
        {usage.toLocaleString()} of {limit.toLocaleString()}
      </span>
      <span className="soft">{shareOf(usage, limit)}</span>
    </span>
  );
}
