import { Refusal } from '@flowplane/plumbing/http';
import type { Call } from '@flowplane/runtime/api';
import { MasterKeyMissing } from '@flowplane/runtime/secrets';
import { expect, it } from 'vitest';
import type { ShellContext } from '../shell-context.js';
import { putConnection } from './connection-routes.js';

/** Comes where the command would be appended. */
const appending = new Error('appending');

/** A PUT to a process without master key. @returns the code of its refusal, or `appending` */
async function outcomeOf(name: string, body: object | string, headers: Call['headers'] = {}): Promise<string> {
  const call = {
    ...{ tenantId: 'T', workspaceId: 'W', identity: { actorId: 'alice', roles: [] }, correlationId: 'c' },
    ...{ traceparent: null, method: 'PUT', url: `/connections/${name}`, params: { connectionName: name }, headers },
    ...{ query: {}, mediaType: 'application/json' },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  } as unknown as Call;
  const keyless = () => Promise.reject(new MasterKeyMissing());
  const context = {
    ...{ secretStore: { put: keyless, get: keyless }, maxConnections: 100, partitions: 1, commandWaitMs: 1000 },
    ...{ rates: { admit: () => undefined }, guard: { admit: () => undefined } },
    claimWorkspace: () => Promise.resolve((work: () => Promise<unknown>) => work()),
    get tail(): never {
      throw appending;
    },
  } as unknown as ShellContext;
  const thrown: unknown = await putConnection(context, call).catch((cause: unknown) => cause);
  if (thrown === appending) return 'appending';
  if (!(thrown instanceof Refusal)) throw thrown as Error;
  expect(JSON.stringify(thrown.problem)).not.toContain('hunter2');
  return thrown.problem.code;
}

const llm = { kind: 'llm', endpoint: { url: 'https://llm.example.com/' }, secret: { apiKey: 'hunter2' } };
const open = { kind: 'http', endpoint: { url: 'https://crm.example.com/', auth: 'none' } };

it('needs a master key where there is something to keep, and only there', async () => {
  expect(await outcomeOf('crm', llm)).toBe('SECRETS_UNAVAILABLE');
  expect(await outcomeOf('crm', open)).toBe('appending');
  expect(await outcomeOf('crm', { ...open, secret: {} })).toBe('appending');
  expect(await outcomeOf('crm', open, { 'idempotency-key': 'k' })).toBe('SECRETS_UNAVAILABLE');
});

it('is refused in this order, and without a word of what was sent', async () => {
  const large = { filler: 'hunter2'.repeat(10_000) };
  expect(await outcomeOf('default', large)).toBe('INVALID_CONNECTION_NAME');
  expect(await outcomeOf('CRM', 'hunter2')).toBe('INVALID_CONNECTION_NAME');
  expect(await outcomeOf('crm', large)).toBe('PAYLOAD_TOO_LARGE');
  expect(await outcomeOf('crm', '{"secret": hunter2')).toBe('INVALID_JSON');
  expect(await outcomeOf('crm', '["hunter2"]')).toBe('INVALID_JSON');
  expect(await outcomeOf('crm', { ...llm, kind: 'hunter2' })).toBe('CONNECTION_INVALID');
  expect(await outcomeOf('crm', { ...llm, secret: { apiKey: 'hunter2\n' } })).toBe('CONNECTION_INVALID');
  expect(await outcomeOf('crm', llm, { 'idempotency-key': 'k'.repeat(129) })).toBe('INVALID_IDEMPOTENCY_KEY');
});
