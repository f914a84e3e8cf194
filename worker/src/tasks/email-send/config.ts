import {
  certificateFile,
  durationMs,
  entry,
  flag,
  optional,
  type PLAINTEXT_ENTRIES,
  plaintextFaults,
  type ConfigOf,
} from '@flowplane/plumbing/config';
import { parseMailbox } from './mailbox.js';
import type { SmtpTimeouts } from './smtp-dialog.js';
import { parseSmtpUrl, type SmtpServer } from './smtp-server.js';

const MAX_TIMEOUT = { min: 1, max: 600_000 };

/** The operator's mail server. Without a URL only tasks with a connection can send. */
export const EMAIL_SEND_ENTRIES = {
  /** Mail server of `email.send`; unset: only tasks with a connection can send. */
  smtpUrl: optional(
    entry<string>('FLOWS_SMTP_URL', 'smtp(s) URL', undefined, (value) => {
      parseSmtpUrl(value);
      return value;
    }),
  ),
  /** Sender of a mail that names none. */
  smtpFrom: optional(
    entry<string>('FLOWS_SMTP_FROM', 'mail address', undefined, (value) => {
      if (parseMailbox(value) === undefined) throw new Error('must be an address such as flows@example.com');
      return value;
    }),
  ),
  /** Whether a server without TLS is refused. */
  smtpRequireTls: flag('FLOWS_SMTP_REQUIRE_TLS', false),
  /** Authorities that may sign its certificate; unset: those that Node trusts. */
  smtpCa: optional(certificateFile('FLOWS_SMTP_CA_FILE')),
  /** How long connecting to it may take. */
  smtpConnectTimeoutMs: durationMs('FLOWS_SMTP_CONNECT_TIMEOUT', 10_000, MAX_TIMEOUT),
  /** How long its greeting may take. */
  smtpGreetingTimeoutMs: durationMs('FLOWS_SMTP_GREETING_TIMEOUT', 10_000, MAX_TIMEOUT),
  /** How long it may be silent. */
  smtpSocketTimeoutMs: durationMs('FLOWS_SMTP_SOCKET_TIMEOUT', 30_000, MAX_TIMEOUT),
};
export type EmailSendConfig = ConfigOf<typeof EMAIL_SEND_ENTRIES>;

/** In production a server elsewhere must be spoken to encrypted, by `smtps://` or STARTTLS that is insisted upon. */
export function emailSendFaults(
  config: Partial<EmailSendConfig & ConfigOf<typeof PLAINTEXT_ENTRIES>>,
): readonly string[] {
  if (config.smtpUrl === undefined) return [];
  const { host, secure } = parseSmtpUrl(config.smtpUrl);
  const server = {
    variable: 'FLOWS_SMTP_URL',
    addresses: [host],
    encrypted: secure || config.smtpRequireTls === true,
    remedy: 'use smtps:// or FLOWS_SMTP_REQUIRE_TLS=1',
  };
  return plaintextFaults(config, [server]);
}

/** The operator's server as configured; undefined where there is none. */
export function configuredSmtpServer(config: EmailSendConfig): SmtpServer | undefined {
  if (config.smtpUrl === undefined) return undefined;
  return {
    ...parseSmtpUrl(config.smtpUrl),
    requireTls: config.smtpRequireTls,
    ...(config.smtpCa === undefined ? {} : { ca: config.smtpCa }),
    ...(config.smtpFrom === undefined ? {} : { from: config.smtpFrom }),
  };
}

export const smtpTimeouts = (config: EmailSendConfig): SmtpTimeouts => ({
  connectMs: config.smtpConnectTimeoutMs,
  greetingMs: config.smtpGreetingTimeoutMs,
  socketMs: config.smtpSocketTimeoutMs,
});
