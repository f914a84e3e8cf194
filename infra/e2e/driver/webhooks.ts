import { webhookSignature } from '@flowplane/contracts';
import { waitUntil } from '@flowplane/stack';
import { expectStatus, makeApiClient, PATIENT, type Answer, type ApiClient } from './api-client.js';
import { checkAnswer } from './answer-check.js';

export type PublishedTriggers = {
  readonly version: number;
  readonly triggers: {
    readonly cron: readonly string[];
    readonly webhooks: readonly { readonly triggerId: string; readonly secret: string | null }[];
    readonly events: readonly { readonly triggerId: string }[];
  };
};

export type DeliveredBody = {
  readonly accepted: boolean;
  readonly executionId: string;
  readonly deduplicated: boolean;
  readonly filtered?: boolean;
  readonly code?: string;
};

export type LoggedDelivery = {
  readonly deliveryId: string;
  readonly receivedAt: string;
  readonly bytes: number;
  readonly outcome: string;
  readonly code: string | null;
  readonly executionId: string | null;
};

/** One node that ends at once; `trigger` members over a webhook on the default path. */
export const webhookFlow = (...triggers: readonly object[]): object => ({
  apiVersion: 'v1.0',
  name: 'hooked',
  nodes: [{ id: 'pause', type: 'wait', duration: 'PT0S' }],
  triggers: (triggers.length === 0 ? [{}] : triggers).map((trigger) => ({ kind: 'webhook', ...trigger })),
});

/** Creates a flow and publishes it. */
export async function publishWebhooks(
  client: ApiClient,
  flowId: string,
  definition: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<PublishedTriggers>> {
  const body = { name: flowId, flowId, definition };
  expectStatus(await client.call('POST', '/flows', { body, headers: PATIENT }), 201);
  return publishAgain(client, flowId, headers);
}

export const publishAgain = (
  client: ApiClient,
  flowId: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<PublishedTriggers>> =>
  client.call('POST', `/flows/${flowId}/versions`, { headers: { ...PATIENT, ...headers } });

/** The secrets a publish made, by trigger id. */
export function secretsOf(answer: Answer<PublishedTriggers>): Readonly<Record<string, string>> {
  const { webhooks } = expectStatus(answer, 201).triggers;
  return Object.fromEntries(
    webhooks.flatMap(({ triggerId, secret }) => (secret === null ? [] : [[triggerId, secret]])),
  );
}

export const hookPath = (triggerId: string): string => `/triggers/webhooks/${encodeURIComponent(triggerId)}`;

export type Send = {
  readonly id?: string;
  /** Default: the right one. */
  readonly signature?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Sends a webhook as a stranger with a secret does: without any credential. */
export async function deliver(
  client: ApiClient,
  triggerId: string,
  secret: string,
  body: string | Buffer,
  { id, signature, headers = {} }: Send = {},
): Promise<Answer<DeliveredBody>> {
  const bytes = Buffer.from(body);
  const signed = signature === undefined ? webhookSignature(secret, bytes) : signature;
  const url = client.urlOf(hookPath(triggerId));
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      ...PATIENT,
      ...(signed === null ? {} : { 'x-platform-webhook-signature': signed }),
      ...(id === undefined ? {} : { 'x-platform-webhook-id': id }),
      ...headers,
    },
    body: bytes,
    signal: AbortSignal.timeout(65_000),
  });
  const text = await response.text();
  checkAnswer('POST', url, { status: response.status, headers: response.headers, text });
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as DeliveredBody };
}

export async function deliveriesOf(
  client: ApiClient,
  triggerId: string,
  query = '',
): Promise<readonly LoggedDelivery[]> {
  const answer = await client.call<{ items: LoggedDelivery[] }>('GET', `${hookPath(triggerId)}/deliveries${query}`);
  return expectStatus(answer, 200).items;
}

/** Ids of the runs of a flow. */
export async function runsOf(client: ApiClient, flowId: string): Promise<readonly string[]> {
  const path = `/flows/${flowId}/executions?page[size]=200`;
  const answer = await client.call<{ items: { executionId: string }[] }>('GET', path);
  return expectStatus(answer, 200).items.map(({ executionId }) => executionId);
}

/** Waits for a condition that something behind the scenes brings about. */
export const eventually = (what: string, holds: () => Promise<boolean>): Promise<void> =>
  waitUntil(what, holds, { timeoutMs: 30_000, everyMs: 100 });

export const tenant = (url: string, tenantId: string, actorId = 'alice'): ApiClient =>
  makeApiClient(url, { tenantId, workspaceId: `${tenantId}-main`, actorId });
