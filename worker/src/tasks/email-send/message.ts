import { uuidV5, type JsonObject } from '@flowplane/contracts';
import MailComposer from 'nodemailer/lib/mail-composer';
import { finalError } from '../task-error.js';
import { parseMailbox, type Mailbox } from './mailbox.js';

/** What an author wants to be sent. */
export type Mail = {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly subject: string;
  readonly body: string;
};

/** The same in every attempt of a node, so that a receiver can tell a repeat. */
export const messageIdOf = (idempotencyKey: string): string => `<${uuidV5(idempotencyKey)}@flowplane.invalid>`;

/**
 * Reads the input of a task, which was checked against the schema of the catalogue.
 *
 * @param defaultFrom sender where the input names none
 * @throws TaskError `VALIDATION_ERROR`, without a value of the input
 */
export function readMail(params: JsonObject, defaultFrom: string | undefined): Mail {
  const {
    subject,
    body = '',
    from = defaultFrom,
  } = params as {
    readonly subject: string;
    readonly body?: string;
    readonly from?: string;
  };
  const to = (params['to'] as readonly string[]).map((text, index) => mailboxAt(`/to/${index}`, text));
  requireOneLine('/subject', subject);
  if (from === undefined) {
    throw finalError('VALIDATION_ERROR', '/from is required: no sender is configured for messages that name none.');
  }
  return { from: mailboxAt('/from', from), to: withoutRepeats(to), subject, body };
}

function mailboxAt(pointer: string, text: string): Mailbox {
  requireOneLine(pointer, text);
  const mailbox = parseMailbox(text.trim());
  if (mailbox !== undefined) return mailbox;
  throw finalError('VALIDATION_ERROR', `${pointer} must be one address: local@domain or Name <local@domain>.`);
}

/** A line break would begin another header. */
function requireOneLine(pointer: string, text: string): void {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000a-\u001f\u007f\u0085\u2028\u2029]/.test(text)) {
    throw finalError('VALIDATION_ERROR', `${pointer} must not hold line breaks or control characters.`);
  }
}

/** A mailbox that is named twice gets one message. */
const withoutRepeats = (to: readonly Mailbox[]): readonly Mailbox[] => [
  ...new Map(to.map((mailbox) => [mailbox.envelope, mailbox])).values(),
];

/** Header and body of a mail. Files and URLs are out of reach, whatever the texts hold. */
export function composed(mail: Mail, messageId: string): Promise<Buffer> {
  const shown = ({ name, envelope }: Mailbox): { name: string; address: string } => ({ name, address: envelope });
  const composer = new MailComposer({
    from: shown(mail.from),
    to: mail.to.map(shown),
    subject: mail.subject,
    text: mail.body,
    messageId,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}
