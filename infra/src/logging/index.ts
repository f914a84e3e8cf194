import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Paths whose values never reach a log line. */
const SECRET_PATHS = [
  'headers.authorization',
  'headers.apikey',
  'headers["x-api-key"]',
  'headers["x-gateway-auth"]',
  'headers.cookie',
  '*.secret',
  '*.token',
  '*.password',
];

/** Structured logs (JSON lines on stdout). Level by LOG_LEVEL, default `info`. */
export function makeLogger(options: { readonly service: string; readonly level?: string }): Logger {
  return pino({
    level: options.level ?? process.env['LOG_LEVEL'] ?? 'info',
    base: { service: options.service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
  });
}
