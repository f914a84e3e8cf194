import { pino, type DestinationStream, type Logger } from 'pino';
import { cutLine } from './cut-line.js';
import { describeError } from './described-error.js';
import { CENSOR, makeCensor, secretsIn } from './secrets.js';

export type { Logger } from 'pino';

const SECRET_NAMES = [
  ...['authorization', 'apikey', '["x-api-key"]', '["x-gateway-auth"]', 'cookie', '["set-cookie"]'],
  ...['["x-platform-webhook-signature"]', 'signature', 'secret', 'token', 'password', 'apiKey', 'tokenSecret'],
];

/** Paths whose values never reach a log line: of a line's own members and of what they hold. */
const SECRET_PATHS = ['', '*', '*.*'].flatMap((above) =>
  SECRET_NAMES.map((name) => (above === '' || name.startsWith('[') ? `${above}${name}` : `${above}.${name}`)),
);

export type LoggerOptions = {
  readonly service: string;
  /** Default: LOG_LEVEL, else `info`. */
  readonly level?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: stdout. */
  readonly destination?: DestinationStream;
};

/**
 * Structured logs: JSON lines. Secrets are kept out three times: by the names of members, by what is logged of errors,
 * and by a censor over the finished line that knows the secrets of the environment and the shapes of others. Lines that are
 * too long are cut.
 */
export function makeLogger({ service, level, env = process.env, destination }: LoggerOptions): Logger {
  const censor = makeCensor(secretsIn(env));
  const options = {
    level: level ?? (env['LOG_LEVEL'] || 'info'),
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_PATHS, censor: CENSOR },
    serializers: { err: describeError, error: describeError, cause: describeCause },
    hooks: { streamWrite: (line: string) => censor(cutLine(line, censor)) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

const describeCause = (cause: unknown): unknown => (cause instanceof Error ? describeError(cause) : cause);
