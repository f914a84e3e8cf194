import { createServer, type AddressInfo, type Server } from 'node:net';
import { signEnvelope, workspaceKey, type SignedEnvelope } from '@flowplane/contracts';
import { mintAttemptToken, type TokenSettings } from '../../src/tasks/execution-token.js';
import type { EventsPublishPorts } from '../../src/tasks/events-publish/events-publish.js';
import { TaskError } from '../../src/tasks/task-error.js';
import type { TaskAttempt } from '../../src/tasks/task-handler.js';

export const TOKEN_SETTINGS: TokenSettings = {
  secret: 'a-secret-of-at-least-thirty-two-characters',
  maxTtlMs: 86_400_000,
  now: () => 1_000_000,
};

export function signedTenant(tenantId: string, workspaceId: string): SignedEnvelope {
  const executionId = `${tenantId}:${workspaceId}:f1:x`;
  const envelope = {
    tenantId,
    workspaceId,
    flowId: 'f1',
    flowVersion: '1',
    executionId,
    keyDerivation: 'hmac-v1',
  } as const;
  return signEnvelope(envelope, workspaceKey(TOKEN_SETTINGS.secret, tenantId, workspaceId));
}

/** Every topic under its plain name: for tests in which no names collide. */
export const PLAIN_TOPICS: EventsPublishPorts['eventTopics'] = { use: (_scope, spec, _user, work) => work(spec) };

/** An attempt as the dispatch hands it to a task. */
export function attemptOf(tenant: SignedEnvelope, over: Partial<TaskAttempt> = {}): TaskAttempt {
  return {
    tenant,
    nodeId: 'n',
    idempotencyKey: `${tenant.executionId}/n`,
    origin: { correlationId: 'correlation-1', eventDepth: 0 },
    token: mintAttemptToken(tenant, 60_000, TOKEN_SETTINGS),
    signal: new AbortController().signal,
    log: () => undefined,
    ...over,
  };
}

/** @throws Error when `work` does not fail as a task does */
export async function taskErrorOf(work: Promise<unknown>): Promise<TaskError> {
  const thrown: unknown = await work.then(
    (value) => new Error(`it succeeded with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (!(thrown instanceof TaskError)) throw thrown as Error;
  return thrown;
}

/** A port that counts who connects, and lets nobody in. */
export type CountingListener = {
  readonly port: number;
  readonly connections: () => number;
  readonly close: () => void;
};

export async function openCountingListener(host = '127.0.0.1'): Promise<CountingListener> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return { port, connections: () => connections, close: () => void server.close() };
}
