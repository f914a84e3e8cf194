import { Agent, request } from 'node:http';

export type ApiAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Calls the flows API as one tenant, over connections that are kept open. */
export type ApiClient = {
  readonly tenantId: string;
  /** @param path behind the workspace, e.g. `/flows` */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<ApiAnswer>;
  readonly close: () => void;
};

/** What the trusted gateway says of a caller who owns the tenant. */
export const identityHeaders = (tenantId: string): Readonly<Record<string, string>> => ({
  'x-tenant-id': tenantId,
  'x-auth-subject': 'bench',
  'x-actor-roles': 'tenant_owner',
});

/** Base path of the one workspace that a bench's tenant has. */
export const workspacePath = (tenantId: string): string => `/v1/flows/workspaces/w-${tenantId}`;

/** @param url base url of a service or of the gateway */
export function makeApiClient(
  url: string,
  options: { readonly tenantId: string; readonly maxConnections?: number },
): ApiClient {
  const { tenantId } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: options.maxConnections ?? 256 });
  const { hostname, port } = new URL(url);
  const identity = identityHeaders(tenantId);
  const base = workspacePath(tenantId);
  return {
    tenantId,
    close: () => agent.destroy(),
    call: (method, path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
        const content =
          payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': payload.length };
        const outgoing = request({
          agent,
          hostname,
          port,
          method,
          path: base + path,
          headers: { ...identity, ...content, ...headers },
        });
        outgoing.once('error', reject);
        outgoing.once('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parseBody(text) });
          });
        });
        outgoing.end(payload);
      }),
  };
}

/** Makes a call that must succeed. @throws Error naming what came instead */
export async function callExpecting(
  client: ApiClient,
  status: number,
  ...[method, path, body, headers]: Parameters<ApiClient['call']>
): Promise<ApiAnswer> {
  const answer = await client.call(method, path, body, headers);
  if (answer.status === status) return answer;
  throw new Error(`${method} ${path}: ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return text === '' ? {} : { text };
  }
}
