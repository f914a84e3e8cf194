import { offsetAfter, streamId } from '@flowplane/contracts';

/** First bytes of every stream (flows-api 9.2). */
export const RETRY = 'retry: 3000\n\n';
export const PING = ': ping\n\n';
export const STREAM_ERROR = 'event: error\ndata: {"type":"error","code":"FLOW_MONITORING_STREAM_ERROR"}\n\n';

export const streamEnd = (status: string): string =>
  `event: stream-end\ndata: ${JSON.stringify({ type: 'stream-end', status })}\n\n`;

/** A frame on the wire: `event`, `id`, `data`, in this order (flows-api 9.3). */
export function frameText(type: 'node-status' | 'log-line', offset: number, data: string): string {
  return `event: ${type}\nid: ${streamId(offset)}\ndata: ${data}\n\n`;
}

/**
 * Offset of the first frame a client has yet to get, from `Last-Event-ID` or, without it, the query. Whatever is no
 * number counts as 0: everything.
 */
export function resumeOffset(header: string | undefined, query: string | undefined): number {
  const text = (header ?? query ?? '').trim();
  const id = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  return offsetAfter(Number.isSafeInteger(id) ? id : 0);
}
