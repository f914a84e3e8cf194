import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { detectResources, defaultResource, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logging/index.js';

export type Tracing = {
  /** Sends what is not sent yet, for a bounded time. */
  readonly close: () => Promise<void>;
};

/** Longest wait for the collector when the process ends. */
const LAST_EXPORT_MS = 2000;

/** Only loaded where spans are exported. Endpoint, headers, time-outs, batches and sampler are read by the SDK. */
export async function startExporting(
  serviceName: string,
  protocol: 'http/protobuf' | 'http/json',
  logger: Pick<Logger, 'warn'>,
): Promise<Tracing> {
  const tell = (message: string): void => logger.warn({ problem: message }, 'spans cannot be exported');
  const ignore = (): void => undefined;
  const logLevel = DiagLogLevel.WARN;
  diag.setLogger({ error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }, { logLevel });
  const resource = defaultResource()
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes({ 'service.name': serviceName, 'service.namespace': 'flowplane' }));
  const processor = new BatchSpanProcessor(await makeExporter(protocol));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  trace.setGlobalTracerProvider(provider);
  return {
    close: async () => {
      const timeUp = new Promise<void>((resolve) => void setTimeout(resolve, LAST_EXPORT_MS).unref());
      await Promise.race([provider.shutdown().catch((cause: unknown) => tell(String(cause))), timeUp]);
    },
  };
}

async function makeExporter(protocol: 'http/protobuf' | 'http/json'): Promise<SpanExporter> {
  if (protocol === 'http/json') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
    return new OTLPTraceExporter();
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}
