import type { Logger } from '../logging/index.js';
import type { Tracing } from './exporting.js';

type Env = Readonly<Record<string, string | undefined>>;

const NO_TRACING: Tracing = { close: () => Promise.resolve() };

/**
 * Exports the spans of this process by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) is set, as the
 * OpenTelemetry specification names its variables. Otherwise nothing is loaded, nothing is sent, and `traceparent`s
 * are passed on as they came.
 *
 * @throws Error for a protocol that is not spoken here
 */
export async function startTracing(service: string, env: Env, logger: Pick<Logger, 'warn'>): Promise<Tracing> {
  if (!isWanted(env)) return NO_TRACING;
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || 'http/protobuf';
  if (protocol !== 'http/protobuf' && protocol !== 'http/json') {
    throw new Error(`OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or http/json, not ${protocol}`);
  }
  const { startExporting } = await import('./exporting.js');
  return startExporting(env['OTEL_SERVICE_NAME'] || service, protocol, logger);
}

const isWanted = (env: Env): boolean =>
  Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) &&
  env['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true' &&
  (env['OTEL_TRACES_EXPORTER'] || 'otlp').split(',').includes('otlp');
