import { useMutation } from '@tanstack/react-query';
import type { CallOf } from '@flowplane/contracts/client';
import { CONNECTION_KINDS, type ConnectionKind, type HttpAuth } from '@flowplane/contracts/connections';
import { useState, type FormEvent } from 'react';
import { decided } from '../api/decided.js';
import { Dialog } from '../parts/dialog.js';
import { Problem } from '../parts/problem.js';
import { useWorkspace } from '../session/use-workspace.js';
import {
  connectionBody,
  fieldKey,
  fieldsOf,
  valuesOf,
  type ConnectionField,
  type ConnectionItem,
} from './connection-fields.js';

type ConnectionFormProps = {
  /** Null: a new one. */
  readonly connection: ConnectionItem | null;
  readonly close: (isPut: boolean) => void;
};

/** Puts a connection: endpoint and secret as a whole, also where only one of them changes. */
export function ConnectionForm({ connection, close }: ConnectionFormProps) {
  const { flowplane } = useWorkspace();
  const [name, setName] = useState(connection?.name ?? '');
  const [kind, setKind] = useState<ConnectionKind>(connection?.kind ?? 'http');
  const [values, setValues] = useState(() => ({
    ...{ 'endpoint.auth': 'bearer' },
    ...(connection === null ? {} : valuesOf(connection.endpoint)),
  }));
  const fields = fieldsOf(kind, values['endpoint.auth'] as HttpAuth);
  const put = useMutation({
    mutationFn: async () => {
      const body = connectionBody(kind, fields, values) as unknown as CallOf<'putConnection'>['body'];
      const call = { params: { connectionName: name }, body };
      await decided(flowplane, (await flowplane.call('putConnection', call)).body);
    },
    onSuccess: () => close(true),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    put.mutate();
  };
  const field = (one: ConnectionField) => (
    <Field
      key={fieldKey(one)}
      field={one}
      value={values[fieldKey(one) as keyof typeof values] ?? ''}
      set={(value) => setValues((before) => ({ ...before, [fieldKey(one)]: value }))}
    />
  );
  const secrets = fields.filter(({ part }) => part === 'secret');
  return (
    <Dialog
      title={connection === null ? 'New connection' : `Change or rotate ${connection.name}`}
      close={() => close(false)}
    >
      <form className="form" onSubmit={submit}>
        {connection === null && (
          <>
            <label>
              Name
              <input
                {...{ name: 'name', required: true, pattern: '[a-z][a-z0-9\\-]{0,62}', value: name }}
                title="Small letters, digits and hyphens, beginning with a letter"
                onChange={(event) => setName(event.target.value)}
              />
            </label>
            <label>
              Kind
              <select name="kind" value={kind} onChange={(event) => setKind(event.target.value as ConnectionKind)}>
                {CONNECTION_KINDS.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
          </>
        )}
        {fields.filter(({ part }) => part === 'endpoint').map(field)}
        {secrets.length > 0 && (
          <fieldset>
            <legend>Secret</legend>
            {connection !== null && (
              <p className="soft">The present one cannot be read back: give the new one, or the same again.</p>
            )}
            {secrets.map(field)}
          </fieldset>
        )}
        {put.isError && <Problem cause={put.error} />}
        <div className="actions">
          <button className="primary" disabled={put.isPending}>
            {put.isPending ? 'Saving…' : 'Save'}
          </button>
          <button type="button" disabled={put.isPending} onClick={() => close(false)}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  url: 'URL',
  auth: 'Authorization',
  headerName: 'Name of the header',
  tokenUrl: 'URL of tokens',
  ca: 'Certificates of the authority (PEM)',
  certificate: 'Certificate (PEM)',
  privateKey: 'Private key (PEM)',
  tls: 'TLS',
  authSource: 'Database of users',
  secure: 'TLS from the first byte',
  clientId: 'Client id',
  clientSecret: 'Client secret',
  accessKeyId: 'Access key id',
  secretAccessKey: 'Secret access key',
  apiKey: 'API key',
};

const titleOf = (name: string): string => TITLES[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

type FieldProps = {
  readonly field: ConnectionField;
  readonly value: string;
  readonly set: (value: string) => void;
};

function Field({ field: { part, name, type, choices, isRequired }, value, set }: FieldProps) {
  const shared = { name: `${part}.${name}`, required: isRequired, value };
  const options = type === 'boolean' ? ['true', 'false'] : choices;
  return (
    <label>
      <span>
        {titleOf(name)}
        {!isRequired && <span className="soft"> (may be left out)</span>}
      </span>
      {options.length > 0 ? (
        <select {...shared} onChange={(event) => set(event.target.value)}>
          {(!isRequired || value === '') && <option value="">{isRequired ? 'choose…' : 'as by default'}</option>}
          {options.map((one) => (
            <option key={one} value={one}>
              {type === 'boolean' ? (one === 'true' ? 'yes' : 'no') : one}
            </option>
          ))}
        </select>
      ) : type === 'lines' ? (
        <textarea {...shared} rows={4} spellCheck={false} onChange={(event) => set(event.target.value)} />
      ) : (
        <input
          {...shared}
          type={part === 'secret' ? 'password' : type}
          // A secret is not the reader's password: browsers must neither fill it in nor offer to keep it.
          {...{ autoComplete: part === 'secret' ? 'new-password' : 'off', spellCheck: false }}
          onChange={(event) => set(event.target.value)}
        />
      )}
    </label>
  );
}
