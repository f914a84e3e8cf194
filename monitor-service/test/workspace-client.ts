import { eventsOf } from '@flowplane/contracts';
import { WORKSPACE } from './event-writer.js';
import type { WireEvent } from './sse-client.js';

export type WorkspaceReader = { readonly url: string; readonly tenantId: string };

/** What a stream has shown so far. */
export type Followed = {
  readonly events: readonly WireEvent[];
  /** The answer has begun. */
  readonly isOpen: boolean;
  /** The server ended it. */
  readonly isEnded: boolean;
  readonly raw: string;
};

const addressOf = ({ url }: WorkspaceReader, query = ''): string =>
  `${url}/v1/flows/workspaces/${WORKSPACE}/executions/events${query === '' ? '' : `?${query}`}`;

const headersOf = ({ tenantId }: WorkspaceReader, headers: Readonly<Record<string, string>>) => ({
  ...{ 'x-tenant-id': tenantId, 'x-auth-subject': 'alice' },
  ...headers,
});

/** Asks for a stream and reads nothing but what an error answers. */
export async function askWorkspace(
  reader: WorkspaceReader,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const leave = new AbortController();
  const response = await fetch(addressOf(reader), { headers: headersOf(reader, headers), signal: leave.signal });
  const body = response.status === 200 ? '' : await response.text();
  leave.abort();
  return { status: response.status, body };
}

/**
 * Follows a stream until `isEnough`, or until the server ends it. `isEnough` is asked when the stream opens and after each
 * event.
 */
export async function followWorkspace(
  reader: WorkspaceReader,
  headers: Readonly<Record<string, string>>,
  isEnough: (soFar: Followed) => boolean | Promise<boolean>,
  query?: string,
): Promise<Followed> {
  const leave = new AbortController();
  const events: WireEvent[] = [];
  const decoder = new TextDecoder();
  let raw = '';
  let isOpen = false;
  let isEnded = false;
  const soFar = (): Followed => ({ events, isOpen, isEnded, raw });
  const response = await fetch(addressOf(reader, query), { headers: headersOf(reader, headers), signal: leave.signal });
  if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
  const noted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      if (raw.length < 10_000) raw += decoder.decode(chunk, { stream: true });
      yield chunk;
      if (!isOpen && raw.includes('\n\nid: ')) {
        isOpen = true;
        if (await isEnough(soFar())) return;
      }
    }
    isEnded = true;
  };
  try {
    for await (const { event, id, data } of eventsOf(noted(response.body as AsyncIterable<Uint8Array>))) {
      if (event === undefined) continue;
      events.push({ event, id, data });
      if (await isEnough(soFar())) break;
    }
  } catch {
    // It broke off.
  } finally {
    leave.abort();
  }
  return soFar();
}
