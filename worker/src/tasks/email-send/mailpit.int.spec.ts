import type { JsonObject } from '@flowplane/contracts';
import { startMailpit, type Mailpit } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attemptOf, taskErrorOf } from '../../../test/tasks/attempts.js';
import { MAIL, MAIL_PASSWORD, MAIL_TENANT, mailTask } from '../../../test/tasks/mail-task.js';
import type { TaskAttempt } from '../task-handler.js';

type Kept = { readonly ID: string; readonly MessageID: string };
type Message = {
  readonly Subject: string;
  readonly Text: string;
  readonly From: { readonly Name: string; readonly Address: string };
  readonly To: readonly { readonly Address: string }[];
};

/** The server takes only addresses of this domain. */
const ALLOWED = '@example\\.com$';

let mailpit: Mailpit;
beforeAll(async () => {
  mailpit = await startMailpit([
    ...['--smtp-auth-accept-any', '--smtp-auth-allow-insecure', '--enable-chaos'],
    ...['--smtp-allowed-recipients', ALLOWED],
  ]);
});
afterAll(() => mailpit?.close());

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${mailpit.apiUrl}/api/v1/${path}`, { method, ...content });
  return (await response.json()) as T;
}
const kept = async (): Promise<readonly Kept[]> =>
  (await api<{ readonly messages: readonly Kept[] }>('GET', 'messages')).messages;

const send = (params: JsonObject, over: Partial<TaskAttempt> = {}) =>
  mailTask({
    server: {
      ...{
        host: '127.0.0.1',
        port: mailpit.smtpPort,
        secure: false,
        requireTls: false,
        from: 'Flows <flows@example.com>',
      },
      credentials: { username: 'me', password: MAIL_PASSWORD },
    },
  })(params, attemptOf(MAIL_TENANT, over));

it('a real server keeps what was sent, repeats under one Message-ID', async () => {
  const mail = { to: ['a@example.com'], subject: 'Grüße', body: 'Zeile 1\n.\nZeile 3 ✓' };
  const [first, again] = [await send(mail), await send(mail)];
  expect(first).toEqual({ messageId: again['messageId'], accepted: ['a@example.com'] });
  const messages = await kept();
  expect(messages.map(({ MessageID }) => `<${MessageID}>`)).toEqual([first['messageId'], first['messageId']]);
  const message = await api<Message>('GET', `message/${messages[0]?.ID}`);
  expect(message).toMatchObject({
    Subject: 'Grüße',
    From: { Name: 'Flows', Address: 'flows@example.com' },
    To: [{ Address: 'a@example.com' }],
  });
  expect(message.Text.replaceAll('\r\n', '\n').trimEnd()).toBe(mail.body);
});

it('recipients that it refuses are not among the accepted ones', async () => {
  expect(await send({ ...MAIL, to: ['a@example.com', 'b@elsewhere.example'] })).toMatchObject({
    accepted: ['a@example.com'],
  });
  expect(await taskErrorOf(send({ ...MAIL, to: ['b@elsewhere.example'] }))).toMatchObject({
    code: 'RECIPIENTS_REJECTED',
    retryable: false,
  });
});

it.each([
  ['Sender', 451, 'UPSTREAM_UNAVAILABLE', true],
  ['Sender', 550, 'UPSTREAM_ERROR', false],
  ['Recipient', 451, 'UPSTREAM_UNAVAILABLE', true],
  ['Recipient', 550, 'RECIPIENTS_REJECTED', false],
  ['Authentication', 535, 'UPSTREAM_ERROR', false],
])('its failure of the %s with %i is %s', async (at, ErrorCode, code, retryable) => {
  await api('PUT', 'chaos', { [at]: { ErrorCode, Probability: 100 } });
  expect(await taskErrorOf(send(MAIL))).toMatchObject({ code, retryable });
  await api('PUT', 'chaos', {});
  expect(await send(MAIL)).toMatchObject({ accepted: MAIL.to });
});
