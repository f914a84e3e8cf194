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
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      const text = decoder.decode(chunk, { stream: true });
      raw += raw.length < 10_000 ? text : '';
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parse(block);
        if (event !== undefined) events.push(event);
        if (events.length >= leaveAfter) return { events, ended: hasEnded(events), raw };
      }
    }
    return { events, ended: hasEnded(events), raw };
  } catch {
    return { events, ended: false, raw };
  } finally {
    leave.abort();
  }
}

const hasEnded = (events: readonly WireEvent[]): boolean => events.at(-1)?.event === 'stream-end';

function parse(block: string): WireEvent | undefined {
  const field = (name: string): string | undefined =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const event = field('event');
  return event === undefined ? undefined : { event, id: field('id'), data: field('data') ?? '' };
}
