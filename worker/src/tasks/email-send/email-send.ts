import { DEFAULT_CONNECTION } from '@flowplane/contracts';
import type { TaskHandler } from '../task-handler.js';
import { composed, messageIdOf, readMail } from './message.js';
import { serverFor, type SmtpServerPorts } from './server-for.js';
import { deliver, type SmtpTimeouts } from './smtp-dialog.js';
import { asMailError } from './smtp-failure.js';

export type EmailSendPorts = SmtpServerPorts & { readonly timeouts: SmtpTimeouts };

/** `email.send` (tasks 3.5): one dialog for each attempt. A message that one recipient gets is a success. */
export function makeEmailSend({ timeouts, ...ports }: EmailSendPorts): TaskHandler {
  return async (params, attempt) => {
    const connection = (params['connection'] as string | undefined) ?? DEFAULT_CONNECTION;
    const server = await serverFor(connection, attempt, ports);
    const mail = readMail(params, server.from);
    const messageId = messageIdOf(attempt.idempotencyKey);
    const message = await composed(mail, messageId);
    const letter = { from: mail.from.envelope, to: mail.to.map(({ envelope }) => envelope), message };
    try {
      const taken = new Set(await deliver(letter, { server, timeouts, signal: attempt.signal }));
      const accepted = mail.to.filter(({ envelope }) => taken.has(envelope)).map(({ address }) => address);
      return { messageId, accepted };
    } catch (thrown) {
      throw asMailError(thrown);
    }
  };
}
