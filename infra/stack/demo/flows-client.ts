import { framesOf, type StreamFrame } from './event-stream.js';

/** The identity the demo acts under, as a gateway would vouch for it. */
export const DEMO_IDENTITY: Readonly<Record<string, string>> = {
  'x-tenant-id': 'demo',
  'x-auth-subject': 'demo',
  'x-actor-roles': 'tenant_owner',
};

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Speaks the public API of one workspace. `base` ends in `/v1/flows/workspaces/<workspace>`. */
export interface FlowsClient {
  readonly base: string;
  /** Resolves with any answer; `send` below rejects on refusals. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Rejects, with code and message, unless the status is 2xx. */
  send(method: string, path: string, body?: unknown): Promise<Answer['body']>;
  /** The frames of a run from the first one on; connects again where it was when the stream breaks off. */
  watch(executionId: string): AsyncGenerator<StreamFrame>;
}

const RECONNECT_MS = 500;
const RECONNECTS = 20;

export function makeFlowsClient(base: string): FlowsClient {
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { ...DEMO_IDENTITY, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const response = await fetch(base + path, { method, headers, ...sent });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  return {
    base,
    call,
    async send(method, path, body) {
      const answer = await call(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    async *watch(executionId) {
      let lastId: string | null = null;
      for (let attempt = 0; attempt <= RECONNECTS; attempt += 1) {
        const headers: Record<string, string> = {
          ...DEMO_IDENTITY,
          ...(lastId === null ? {} : { 'last-event-id': lastId }),
        };
        try {
          const response = await fetch(`${base}/executions/${encodeURIComponent(executionId)}/events`, { headers });
          if (!response.ok || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
          for await (const frame of framesOf(response.body)) {
            lastId = frame.id ?? lastId;
            yield frame;
            if (frame.event === 'stream-end') return;
          }
        } catch (thrown) {
          if (attempt === RECONNECTS) throw thrown;
        }
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
      throw new Error(`the stream of ${executionId} broke off ${RECONNECTS} times`);
    },
  };
}
