import { offsetAfter, streamId } from '@flowplane/contracts';

/** First bytes of every stream (flows-api 9.2). */
export const RETRY = 'retry: 3000\n\n';
export const PING = ': ping\n\n';
export const STREAM_ERROR = 'event: error\ndata: {"type":"error","code":"FLOW_MONITORING_STREAM_ERROR"}\n\n';

/**
 * The end, and behind it a block of an id alone (flows-api 9.3): a client that reconnects by itself then asks for what
 * comes behind the end, and gets 204.
 *
 * @param offset of the closing frame
 */
export const streamEnd = (status: string, offset: number): string =>
  `event: stream-end\ndata: ${JSON.stringify({ type: 'stream-end', status })}\n\nid: ${streamId(offset)}\n\n`;

/** A block of an id alone: what a client that reconnects by itself then asks with. @param offset of the next frame */
export const idAlone = (offset: number): string => `id: ${offset}\n\n`;

/** A frame on the wire: `event`, `id`, `data`, in this order (flows-api 9.3). */
export function frameText(type: 'node-status' | 'log-line' | 'run-status', offset: number, data: string): string {
  return `event: ${type}\nid: ${streamId(offset)}\ndata: ${data}\n\n`;
}

/**
 * Offset of the first frame a client has yet to get, from `Last-Event-ID` or, without it, the query. Whatever is no
 * number counts as 0: everything. A number beyond what any frame can have gets only frames that are still to come.
 */
export const resumeOffset = (header: string | undefined, query: string | undefined): number =>
  namedOffset(header, query) ?? 0;

/** As `resumeOffset`; undefined where no number is given. */
export function namedOffset(header: string | undefined, query: string | undefined): number | undefined {
  const text = (header ?? query ?? '').trim();
  return /^\d+$/.test(text) ? Math.min(offsetAfter(Number(text)), Number.MAX_SAFE_INTEGER) : undefined;
}
