import { eventsOf } from '@flowplane/contracts';

/** One event of a stream as it stood on the wire. */
export type WireEvent = { readonly event: string; readonly id: string | undefined; readonly data: string };

export type StreamHead = { readonly status: number; readonly headers: Headers; readonly body: string };

const IDENTITY = { 'x-auth-subject': 'alice' };

export type Reader = {
  readonly url: string;
  readonly tenantId: string;
  readonly executionId: string;
};

const addressOf = ({ url, executionId }: Reader): string =>
  `${url}/v1/flows/workspaces/W/executions/${encodeURIComponent(executionId)}/events`;

/** Asks for a stream and reads nothing but what an error answers. */
export async function askFor(reader: Reader, headers: Readonly<Record<string, string>> = {}): Promise<StreamHead> {
  const leave = new AbortController();
  const response = await fetch(addressOf(reader), {
    headers: { ...IDENTITY, 'x-tenant-id': reader.tenantId, ...headers },
    signal: leave.signal,
  });
  const body = response.status === 200 ? '' : await response.text();
  leave.abort();
  return { status: response.status, headers: response.headers, body };
}

/**
 * Reads a stream until it ends, or until `leaveAfter` events have come.
 *
 * @param lastEventId of the event read last
 * @returns events in order; `ended` tells whether the server ended the stream
 */
export async function readStream(
  reader: Reader,
  lastEventId: string | undefined,
  leaveAfter = Number.POSITIVE_INFINITY,
  onEvent: () => void = () => undefined,
): Promise<{ readonly events: readonly WireEvent[]; readonly ended: boolean; readonly raw: string }> {
  const leave = new AbortController();
  const events: WireEvent[] = [];
  let raw = '';
  try {
    const response = await fetch(addressOf(reader), {
      headers: {
        ...IDENTITY,
        'x-tenant-id': reader.tenantId,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: leave.signal,
    });
    if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
    const decoder = new TextDecoder();
    const noted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        const text = decoder.decode(chunk, { stream: true });
        raw += raw.length < 10_000 ? text : '';
        yield chunk;
      }
    };
    for await (const { event, id, data } of eventsOf(noted(response.body as AsyncIterable<Uint8Array>))) {
      if (event !== undefined) events.push({ event, id, data });
      if (event !== undefined) onEvent();
      if (events.length >= leaveAfter) break;
    }
    return { events, ended: hasEnded(events), raw };
  } catch {
    return { events, ended: false, raw };
  } finally {
    leave.abort();
  }
}

const hasEnded = (events: readonly WireEvent[]): boolean => events.at(-1)?.event === 'stream-end';
