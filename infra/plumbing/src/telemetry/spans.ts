import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

const KINDS = {
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;

/** Most links of one span that are kept; a batch of more names the first ones. */
const MAX_LINKS = 128;

export type SpanOptions = {
  readonly name: string;
  readonly kind: keyof typeof KINDS;
  /** `traceparent` of what caused this; null: it begins a trace. */
  readonly parent: string | null;
  readonly attributes?: Attributes;
  /** Epoch ms; default: now. */
  readonly startedAt?: number;
};

/** A span that is open. Without an exporter it is its parent over again, and everything else does nothing. */
export type OpenSpan = {
  /** What caused things pass on: this span, or its parent where nothing is exported. */
  readonly traceparent: string | null;
  readonly isExported: boolean;
  readonly set: (attributes: Attributes) => void;
  /** Other things this is about, by their `traceparent`. */
  readonly link: (causes: Iterable<string | null>) => void;
  /** Ends it, once. @param error makes it a failed one; of it only name and message leave the process */
  readonly end: (error?: unknown) => void;
};

/** Opens a span; the caller that opens one ends it. The tracer is the process's, as OpenTelemetry has it. */
export function openSpan(options: SpanOptions): OpenSpan {
  const { name, kind, parent, attributes = {}, startedAt } = options;
  const times = startedAt === undefined ? {} : { startTime: startedAt };
  const span = trace
    .getTracer('flowplane')
    .startSpan(name, { kind: KINDS[kind], attributes, ...times }, contextOf(parent));
  const isExported = span.isRecording();
  return {
    traceparent: formatTraceparent(span.spanContext()),
    isExported,
    set: (more) => void span.setAttributes(more),
    link: (causes) => void (isExported && span.addLinks(linksTo(causes))),
    end: (error) => endSpan(span, error),
  };
}

/** Runs `work` in a span that ends with it. */
export async function inSpan<T>(options: SpanOptions, work: (span: OpenSpan) => Promise<T>): Promise<T> {
  const span = openSpan(options);
  try {
    const value = await work(span);
    span.end();
    return value;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

function contextOf(parent: string | null): Context {
  const context = parseTraceparent(parent);
  return context === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context);
}

function linksTo(causes: Iterable<string | null>): Link[] {
  const links: Link[] = [];
  for (const cause of new Set(causes)) {
    const context = parseTraceparent(cause);
    if (context !== undefined) links.push({ context });
    if (links.length >= MAX_LINKS) break;
  }
  return links;
}

function endSpan(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  if (error !== undefined) {
    const thrown: Error & { readonly type?: unknown } =
      error instanceof Error ? error : new Error('no error was thrown');
    const { name, message, type } = thrown;
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.setAttribute('error.type', typeof type === 'string' ? type : name);
  }
  span.end();
}
