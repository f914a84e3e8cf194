import { useState } from 'react';
import { decided } from '../api/decided.js';
import { useMay } from '../api/may.js';
import { usePages } from '../api/use-pages.js';
import { ActionButton } from '../parts/action-button.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { DocsLink } from '../parts/docs-link.js';
import { NotAllowed } from '../parts/not-allowed.js';
import { Paged } from '../parts/paged.js';
import { Page } from '../parts/page.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import type { ConnectionItem } from './connection-fields.js';
import { ConnectionForm } from './connection-form.js';

/** What tasks reach other systems with. Secrets go in and never come out. */
export default function ConnectionsPage() {
  const { flowplane } = useWorkspace();
  const may = useMay('putConnection');
  /** The form that is open. */
  const [form, setForm] = useState<OpenForm | undefined>();
  const connections = usePages<ConnectionItem>(
    ['connections'],
    async (query, signal) => (await flowplane.call('listConnections', { query, signal })).body,
  );
  const columns: readonly Column<ConnectionItem>[] = [
    { name: 'Name', cell: ({ name }) => <strong>{name}</strong> },
    { name: 'Kind', cell: ({ kind }) => kind },
    { name: 'Leads to', cell: ({ endpoint }) => <code>{placeOf(endpoint)}</code>, isLong: true },
    { name: 'Secret', cell: Secret, isLong: true },
    {
      name: 'Actions',
      cell: (connection) => (
        <div className="actions">
          <button
            aria-label={`Change or rotate ${connection.name}`}
            disabled={!may}
            onClick={() => setForm({ connection })}
          >
            Change or rotate
          </button>
          <Delete name={connection.name} isDisabled={!may} again={connections.again} />
        </div>
      ),
    },
  ];
  return (
    <Page
      title="Connections"
      about="Names that tasks reach other systems by. A secret is kept encrypted and cannot be read back: its fingerprint tells whether it is the one that is meant."
      actions={
        <button className="primary" disabled={!may} onClick={() => setForm({ connection: null })}>
          New connection
        </button>
      }
    >
      <NotAllowed operation="putConnection">You may not see or change connections.</NotAllowed>
      {may && (
        <Paged
          pages={connections}
          name="connections"
          empty={
            <>
              There is no connection yet. A task that names none uses the operator’s own backend. See{' '}
              <DocsLink page="connections">what connections are for</DocsLink>.
            </>
          }
        >
          {(items) => <DataTable label="Connections" columns={columns} rows={items} keyOf={({ name }) => name} />}
        </Paged>
      )}
      {form !== undefined && (
        <ConnectionForm
          connection={form.connection}
          close={(isPut) => {
            // An answer may come when its form was left and another one is open, which it must not close.
            setForm((now) => (now === form ? undefined : now));
            if (isPut) connections.again();
          }}
        />
      )}
    </Page>
  );
}

type OpenForm = {
  /** Null: a new one. */
  readonly connection: ConnectionItem | null;
};

/** Where a connection leads to, in short. */
function placeOf({ url, host, port, database, bucket }: Readonly<Record<string, unknown>>): string {
  const place = typeof url === 'string' ? url : `${String(host)}:${String(port)}`;
  const part = typeof database === 'string' ? `/${database}` : typeof bucket === 'string' ? ` ${bucket}` : '';
  return place + part;
}

function Secret({ fingerprint, rotatedAt, rotatedBy }: ConnectionItem) {
  return (
    <>
      <div>{fingerprint === null ? <span className="soft">none</span> : <code>{fingerprint.slice(0, 12)}…</code>}</div>
      <div className="soft">
        <Time at={rotatedAt} /> by {rotatedBy}
      </div>
    </>
  );
}

type DeleteProps = { readonly name: string; readonly isDisabled: boolean; readonly again: () => void };

function Delete({ name, isDisabled, again }: DeleteProps) {
  const { flowplane } = useWorkspace();
  const remove = async (): Promise<void> => {
    await decided(flowplane, (await flowplane.call('deleteConnection', { params: { connectionName: name } })).body);
    again();
  };
  return (
    <ActionButton
      name="Delete"
      label={`Delete ${name}`}
      act={remove}
      question={`“${name}” and its secret are removed. That is refused while a published version of a flow refers to it.`}
      isDisabled={isDisabled}
    />
  );
}
