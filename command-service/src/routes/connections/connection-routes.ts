import {
  checkConnection,
  CONNECTION_NAME,
  DEFAULT_CONNECTION,
  type NewConnection,
  type PutConnection,
} from '@flowplane/contracts';
import { jsonObject, param, type Answer, type Call } from '@flowplane/runtime/api';
import { Refusal, refusal } from '@flowplane/plumbing/http';
import { keyedIdempotency } from '../../secrets/keyed-idempotency.js';
import { keepSecrets, keyedFingerprint, secretIds } from '../../secrets/kept-secrets.js';
import { metaWithoutKey } from '../../submit/command-meta.js';
import { submit } from '../../submit/submit.js';
import { submitOnce, type ShellContext } from '../shell-context.js';

/** Of the whole body. */
const MAX_CONNECTION_BYTES = 65_536;

const BEYOND_QUOTA = 429;

/** Tells fingerprints of secrets from those of requests. */
const OF_SECRET = 'secret of a connection';

/** PUT /connections/{connectionName}: the secret is kept first, then the command is appended that has its id. */
export async function putConnection(context: ShellContext, call: Call): Promise<Answer> {
  const name = param(call, 'connectionName');
  if (!CONNECTION_NAME.test(name) || name === DEFAULT_CONNECTION) throw refusal('INVALID_CONNECTION_NAME');
  const connection = sentConnection(call);
  const { secretStore, maxConnections } = context;
  const idempotency = await keyedIdempotency(secretStore, call);
  const meta = { ...metaWithoutKey(call), idempotency };
  const inClaim = await context.claimWorkspace(call);
  let keptId: string | null = null;
  const command = async (): Promise<PutConnection> => {
    const { kind, endpoint } = connection;
    const kept = await keepSecret(context, call.tenantId, meta.commandId, connection);
    keptId = kept.secretId;
    const data = { name, kind, endpoint: JSON.stringify(endpoint), ...kept, maxConnections };
    return { type: 'PutConnection', meta, data };
  };
  const answer = await inClaim(() => submit(context, { call, command }));
  // Refused by its decision: nothing will refer to it. The sweep has it where this fails.
  if (answer.status === BEYOND_QUOTA && keptId !== null) {
    await secretStore.remove(call.tenantId, [keptId]).catch(() => undefined);
  }
  return answer;
}

/** DELETE /connections/{connectionName}; the body is ignored. */
export async function deleteConnection(context: ShellContext, call: Call): Promise<Answer> {
  const name = param(call, 'connectionName');
  if (!CONNECTION_NAME.test(name)) throw refusal('CONNECTION_NOT_FOUND');
  return submitOnce(context, call, (meta) => Promise.resolve({ type: 'DeleteConnection', meta, data: { name } }));
}

/** @throws Refusal 413, 400 INVALID_JSON, INVALID_TEXT, CONNECTION_INVALID; none quotes what was sent */
function sentConnection(call: Call): NewConnection {
  if (call.body.length > MAX_CONNECTION_BYTES) {
    const message = `The body of a connection may have ${MAX_CONNECTION_BYTES} bytes.`;
    throw refusal('PAYLOAD_TOO_LARGE', { message });
  }
  const checked = checkConnection(unquoted(() => jsonObject(call)));
  if (checked.ok) return checked.connection;
  const [first] = checked.faults;
  const message = `The body is no connection of a known kind: ${first?.message}.`;
  throw refusal('CONNECTION_INVALID', { message, errors: checked.faults });
}

/** What is wrong with JSON is said by quoting it, which could be the secret. */
function unquoted<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof Refusal && cause.problem.code === 'INVALID_JSON') throw refusal('INVALID_JSON');
    throw cause;
  }
}

/** Keeps the secret before the command that has its id; a connection without one needs no master key. */
async function keepSecret(
  { secretStore }: Pick<ShellContext, 'secretStore'>,
  tenantId: string,
  commandId: string,
  { secret }: NewConnection,
): Promise<Pick<PutConnection['data'], 'secretId' | 'fingerprint'>> {
  const members = Object.entries(secret);
  if (members.length === 0) return { secretId: null, fingerprint: null };
  // In one order, so that the same secret has the same fingerprint.
  const text = JSON.stringify(Object.fromEntries(members.toSorted(([one], [other]) => (one < other ? -1 : 1))));
  const { owner, next } = secretIds(commandId, 1);
  const secretId = next();
  const fingerprint = await keyedFingerprint(secretStore, tenantId, [OF_SECRET, text]);
  await keepSecrets(secretStore, tenantId, owner, [{ id: secretId, text }]);
  return { secretId, fingerprint };
}
