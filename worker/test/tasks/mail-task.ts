import type { JsonObject } from '@flowplane/contracts';
import { makeEmailSend, type EmailSendPorts } from '../../src/tasks/email-send/email-send.js';
import type { SmtpServer } from '../../src/tasks/email-send/smtp-server.js';
import type { TaskAttempt } from '../../src/tasks/task-handler.js';
import { attemptOf, signedTenant } from './attempts.js';
import type { ScriptedSmtp } from './scripted-smtp.js';

export const MAIL = { to: ['a@example.com', 'b@example.com'], subject: 'Hello', body: 'Good day' };
export const MAIL_PASSWORD = 'only-the-server-may-see-this';
export const MAIL_TENANT = signedTenant('t1', 'w1');

/** A scripted server as the operator's own, with a password. */
export const ownServer = ({ port }: ScriptedSmtp, over: Partial<SmtpServer> = {}): SmtpServer => ({
  ...{ host: '127.0.0.1', port, secure: false, requireTls: false, from: 'flows@example.com' },
  credentials: { username: 'me', password: MAIL_PASSWORD },
  ...over,
});

/** `email.send` with the ports that a test names, and with nothing else to ask. */
export const mailTask = (ports: Pick<EmailSendPorts, 'server'> & Partial<EmailSendPorts>) =>
  makeEmailSend({
    timeouts: { connectMs: 30_000, greetingMs: 30_000, socketMs: 30_000 },
    connections: () => Promise.reject(new Error('no connection is wanted')),
    allowedHosts: new Set(),
    resolve: () => Promise.reject(new Error('no name is wanted')),
    ...ports,
  });

/** One attempt with a scripted server as the operator's. */
export const sendMail = (smtp: ScriptedSmtp, params: JsonObject = MAIL, over: Partial<TaskAttempt> = {}) =>
  mailTask({ server: ownServer(smtp) })(params, attemptOf(MAIL_TENANT, over));
