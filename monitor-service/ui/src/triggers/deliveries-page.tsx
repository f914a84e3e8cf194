import type { AnswerOf } from '@flowplane/contracts/client';
import { Link, useParams } from 'react-router';
import { decided } from '../api/decided.js';
import { useIntents } from '../api/intents.js';
import { useMay } from '../api/may.js';
import { usePages } from '../api/use-pages.js';
import { ActionButton } from '../parts/action-button.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { Paged } from '../parts/paged.js';
import { Page } from '../parts/page.js';
import { inWorkspace, RunLink } from '../parts/run-link.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { RotateSecret } from './rotate-secret.js';

type Delivery = AnswerOf<'listDeliveries'>['items'][number];

const READ_AGAIN_MS = 5_000;

/** What a webhook has received, and what came of it. */
export default function DeliveriesPage() {
  const { triggerId = '' } = useParams();
  const { workspaceId, flowplane } = useWorkspace();
  const deliveries = usePages<Delivery>(
    ['deliveries', triggerId],
    async (query, signal) => (await flowplane.call('listDeliveries', { params: { triggerId }, query, signal })).body,
    { refetchInterval: READ_AGAIN_MS },
  );
  const columns: readonly Column<Delivery>[] = [
    { name: 'Received', cell: ({ receivedAt }) => <Time at={receivedAt} /> },
    { name: 'Outcome', cell: Outcome },
    { name: 'Bytes', cell: ({ bytes }) => <span className="number">{bytes.toLocaleString()}</span> },
    { name: 'Delivery', cell: ({ deliveryId }) => <code>{deliveryId}</code>, isLong: true },
    {
      name: 'Run',
      cell: ({ executionId }) => (executionId === null ? '–' : <RunLink id={executionId}>the run</RunLink>),
    },
    { name: 'Actions', cell: (delivery) => <Redeliver {...{ triggerId, delivery }} again={deliveries.again} /> },
  ];
  return (
    <Page
      title="Deliveries"
      about={
        <>
          To <code>{triggerId}</code> in the last 7 days, newest first.{' '}
          <Link to={inWorkspace(workspaceId, 'triggers')}>All triggers</Link>
        </>
      }
      actions={<RotateSecret triggerId={triggerId} />}
    >
      <Paged
        pages={deliveries}
        name="deliveries"
        empty="Nothing has been delivered in the last 7 days. A sender signs the body with the secret and posts it to the address."
      >
        {(items) => (
          <DataTable
            label="Deliveries"
            columns={columns}
            rows={items}
            keyOf={({ deliveryId, receivedAt }) => `${deliveryId} ${receivedAt}`}
          />
        )}
      </Paged>
    </Page>
  );
}

const OUTCOMES: Readonly<Record<Delivery['outcome'], string>> = {
  accepted: '✓ accepted',
  deduplicated: '= known already',
  filtered: '– left out by the filter',
  refused: '✕ refused',
};

function Outcome({ outcome, code }: Delivery) {
  return (
    <span data-outcome={outcome === 'refused' ? 'denied' : outcome}>
      {OUTCOMES[outcome]}
      {code !== null && `: ${code}`}
    </span>
  );
}

type RedeliverProps = { readonly triggerId: string; readonly delivery: Delivery; readonly again: () => void };

/** Bodies are kept of accepted deliveries only. */
function Redeliver({ triggerId, delivery: { deliveryId, outcome }, again }: RedeliverProps) {
  const { flowplane } = useWorkspace();
  const may = useMay('redeliverWebhook');
  const intend = useIntents();
  if (outcome !== 'accepted') return <span className="soft">–</span>;
  const redeliver = async (): Promise<string> => {
    await intend('deliver again', async (idempotencyKey) => {
      const call = { params: { triggerId, deliveryId }, idempotencyKey };
      return decided(flowplane, (await flowplane.call('redeliverWebhook', call)).body);
    });
    again();
    return 'A new run has started.';
  };
  return <ActionButton name="Deliver again" label={`Deliver again: ${deliveryId}`} act={redeliver} isDisabled={!may} />;
}
