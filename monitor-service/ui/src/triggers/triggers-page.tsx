import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '@flowplane/contracts/client';
import { Link } from 'react-router';
import { CopyButton } from '../parts/copy-button.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { DocsLink } from '../parts/docs-link.js';
import { isForbidden } from '../parts/explained.js';
import { NotAllowed } from '../parts/not-allowed.js';
import { Page } from '../parts/page.js';
import { Problem } from '../parts/problem.js';
import { FlowLink, inWorkspace } from '../parts/run-link.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { EventTriggers } from './event-triggers.js';
import { RotateSecret } from './rotate-secret.js';
import { webhookAddress } from './webhook-address.js';

type Webhook = AnswerOf<'listWebhooks'>['items'][number];

const COLUMNS: readonly Column<Webhook>[] = [
  { name: 'Flow', cell: ({ flowId, version }) => <FlowOf {...{ flowId, version }} /> },
  { name: 'Address', cell: Address, isLong: true },
  { name: 'Secret', cell: SecretAge },
  { name: 'Actions', cell: (webhook) => <Actions webhook={webhook} /> },
];

/** What begins runs from outside: webhooks, and events of the platform. */
export default function TriggersPage() {
  const { workspaceId, flowplane } = useWorkspace();
  const webhooks = useQuery({
    queryKey: ['webhooks', workspaceId],
    queryFn: async ({ signal }) => (await flowplane.call('listWebhooks', { signal })).body.items,
  });
  // Who may not read the one may not read the other.
  const isRefused = webhooks.data === undefined && isForbidden(webhooks.error);
  return (
    <Page
      title="Triggers"
      about="What starts runs from outside. Triggers stand in the definition of a flow and count once it is published."
    >
      <NotAllowed operation="rotateWebhookSecret">You may see triggers, and not change them.</NotAllowed>
      {!isRefused && <h2>Webhooks</h2>}
      {webhooks.isError && <Problem cause={webhooks.error} retry={() => void webhooks.refetch()} isPage={isRefused} />}
      {webhooks.isPending && <p className="empty">Reading the webhooks…</p>}
      {webhooks.data?.length === 0 && (
        <p className="empty nothing">
          No flow has a webhook. One gets it by a trigger of kind <code>webhook</code> in its definition; the publish
          shows its secret. See <DocsLink page="triggers">how triggers work</DocsLink>.
        </p>
      )}
      {webhooks.data !== undefined && webhooks.data.length > 0 && (
        <DataTable label="Webhooks" columns={COLUMNS} rows={webhooks.data} keyOf={({ triggerId }) => triggerId} />
      )}
      {!isRefused && (
        <>
          <h2>Events of the platform</h2>
          <EventTriggers />
        </>
      )}
    </Page>
  );
}

function FlowOf({ flowId, version }: Pick<Webhook, 'flowId' | 'version'>) {
  return (
    <>
      <FlowLink id={flowId} /> <span className="soft">v{version}</span>
    </>
  );
}

function Address({ triggerId }: Webhook) {
  const { workspaceId } = useWorkspace();
  const address = webhookAddress(location.origin, workspaceId, triggerId);
  return (
    <span className="address">
      <code>{address}</code> <CopyButton text={address} label={`Copy the address of ${triggerId}`} />
    </span>
  );
}

function SecretAge({ createdAt, rotatedAt, previousValidUntil }: Webhook) {
  return (
    <>
      <div>
        {rotatedAt === null ? 'made' : 'rotated'} <Time at={rotatedAt ?? createdAt} />
      </div>
      {previousValidUntil !== null && (
        <div className="soft">
          the one before is valid until <Time at={previousValidUntil} />
        </div>
      )}
    </>
  );
}

function Actions({ webhook: { triggerId } }: { readonly webhook: Webhook }) {
  const { workspaceId } = useWorkspace();
  return (
    <div className="actions">
      <Link to={inWorkspace(workspaceId, 'triggers', triggerId)} aria-label={`Deliveries to ${triggerId}`}>
        Deliveries
      </Link>
      <RotateSecret triggerId={triggerId} />
    </div>
  );
}
