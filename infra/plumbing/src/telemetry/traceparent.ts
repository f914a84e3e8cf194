import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';

/** Version, trace id, parent id, flags; versions after 00 may add more (W3C Trace Context, 3.2). */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const HIGHEST_LENGTH = 512;

/** @returns undefined for anything that is no `traceparent`, ids of zeros included */
export function parseTraceparent(text: string | null | undefined): SpanContext | undefined {
  if (text === null || text === undefined || text.length > HIGHEST_LENGTH) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

/** A span's place as a `traceparent` of version 00; null for a span that has none. */
export function formatTraceparent(context: SpanContext): string | null {
  if (!isSpanContextValid(context)) return null;
  const flags = (context.traceFlags & 1).toString(16).padStart(2, '0');
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}

/** What log lines name a request, a command or a run by; the trace only where there is one. */
export function causeFields(cause: { readonly correlationId: string; readonly traceparent: string | null }): {
  readonly correlationId: string;
  readonly traceId?: string;
} {
  const { correlationId } = cause;
  const traceId = parseTraceparent(cause.traceparent)?.traceId;
  return traceId === undefined ? { correlationId } : { correlationId, traceId };
}
