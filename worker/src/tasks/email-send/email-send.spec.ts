import { paramsFault, type JsonObject } from '@flowplane/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attemptOf, taskErrorOf } from '../../../test/tasks/attempts.js';
import { MAIL, MAIL_TENANT, mailTask, ownServer, sendMail } from '../../../test/tasks/mail-task.js';
import { openScriptedSmtp, type ScriptedSmtp } from '../../../test/tasks/scripted-smtp.js';
import type { TaskAttempt } from '../task-handler.js';

let smtp: ScriptedSmtp;
beforeAll(async () => {
  smtp = await openScriptedSmtp();
});
afterAll(() => smtp.close());
afterEach(() => smtp.follow({}));

const send = (params: JsonObject = MAIL, over: Partial<TaskAttempt> = {}) => sendMail(smtp, params, over);
const last = (): string => smtp.messages().at(-1) ?? '';

describe('a message', () => {
  it('is sent as it was written, as text in UTF-8', async () => {
    const to = ['Ä. Person <a@example.com>', 'b@bücher.example'];
    const output = await send({ to, subject: 'Grüße an alle', body: '.\r\n.a line\nünder' });
    expect(output['accepted']).toEqual(['a@example.com', 'b@bücher.example']);
    expect(smtp.commands().slice(2, 6)).toEqual([
      expect.stringMatching(/^MAIL FROM:<flows@example\.com>/),
      'RCPT TO:<a@example.com>',
      'RCPT TO:<b@xn--bcher-kva.example>',
      'DATA',
    ]);
    expect(last()).toMatch(/^From: flows@example\.com\r$/m);
    expect(last()).toMatch(/^To: =\?UTF-8\?.+ <a@example\.com>,/m);
    expect(last()).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m);
    expect(last()).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(last()).toContain(`Message-ID: ${output['messageId'] as string}`);
  });

  it('has one Message-ID in all attempts of a node, and each node and run another one', async () => {
    const { idempotencyKey } = attemptOf(MAIL_TENANT);
    const idOf = async (key: string) => (await send(MAIL, { idempotencyKey: key }))['messageId'];
    const [first, again] = [await idOf(idempotencyKey), await idOf(idempotencyKey)];
    expect(first).toMatch(/^<[0-9a-f-]{36}@flowplane\.invalid>$/);
    expect(again).toBe(first);
    expect(smtp.messages().filter((message) => message.includes(first as string)).length).toBeGreaterThanOrEqual(2);
    const others = [`${MAIL_TENANT.executionId}/other`, `${MAIL_TENANT.executionId}/n#1`, 't1:w1:f1:y/n'];
    const ids = await Promise.all(others.map(idOf));
    expect(new Set([first, ...ids]).size).toBe(4);
  });

  it('goes once to a mailbox that is named twice, and may have no body', async () => {
    const to = ['a@example.com', 'A <a@example.com>'];
    const { accepted } = await send({ to, subject: '', from: 'Me <me@example.com>' });
    expect(accepted).toEqual(['a@example.com']);
    expect(last()).toMatch(/^From: Me <me@example\.com>\r$/m);
  });

  it('that one of two recipients gets is a success', async () => {
    for (const reply of ['550 unknown', '450 later']) {
      smtp.follow({ 'RCPT TO:<b@': reply });
      expect(await send()).toMatchObject({ accepted: ['a@example.com'] });
    }
  });

  it('holds nothing of a file or URL that an author names', async () => {
    const path = new URL(import.meta.url).pathname;
    const more = { path, href: 'http://127.0.0.1:1/', attachments: [{ path }], html: { path }, raw: path };
    await send({ ...MAIL, body: path, ...more });
    expect(last().split('\r\n\r\n')[1]?.replaceAll('=\r\n', '').trim()).toBe(path);
    expect(last()).not.toContain('multipart');
    for (const wrong of [{ body: { path } }, { subject: { path } }, { to: [{ path }] }, { from: { path } }]) {
      expect(paramsFault('email.send', { ...MAIL, ...wrong })).toBeDefined();
    }
  });
});

describe('an input is refused before anything is contacted:', () => {
  it.each<[string, JsonObject, string]>([
    ['a subject with CR LF', { subject: 'a\r\nBcc: x@example.com' }, '/subject'],
    ['a subject with LF', { subject: 'a\nb' }, '/subject'],
    ['a subject with CR', { subject: 'a\rb' }, '/subject'],
    ['a recipient with CR LF', { to: ['a@example.com\r\nRCPT TO:<x@example.com>'] }, '/to/0'],
    ['the second recipient with LF at its end', { to: ['a@example.com', 'b@example.com\n'] }, '/to/1'],
    ['a sender with CR LF', { from: 'a@example.com\r\nX: y' }, '/from'],
    ['two addresses in one', { to: ['a@example.com, b@example.com'] }, '/to/0'],
    ['a group', { to: ['all:a@example.com;'] }, '/to/0'],
    ['a program', { to: ['|/bin/sh'] }, '/to/0'],
    ['a program with a domain', { to: ['|sh@example.com'] }, '/to/0'],
    ['a file', { to: ['/var/mail/x@example.com'] }, '/to/0'],
    ['a quoted local part', { to: ['"a b"@example.com'] }, '/to/0'],
    ['a route', { to: ['a%example.org@example.com'] }, '/to/0'],
    ['a parameter of the command', { to: ['a@example.com> NOTIFY=NEVER <b@example.com'] }, '/to/0'],
    ['a host alone', { to: ['a@localhost'] }, '/to/0'],
    ['an address literal', { to: ['a@[127.0.0.1]'] }, '/to/0'],
    ['an IP address', { to: ['a@127.0.0.1'] }, '/to/0'],
    ['a local part of 65 bytes', { to: [`${'a'.repeat(65)}@example.com`] }, '/to/0'],
    ['an empty sender', { from: '' }, '/from'],
  ])('%s', async (_what, over, pointer) => {
    const before = smtp.connections();
    const error = await taskErrorOf(send({ ...MAIL, ...over }));
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
    expect(error.message.startsWith(`${pointer} `)).toBe(true);
    expect(smtp.connections()).toBe(before);
  });

  it('a message without any sender, and one without any server', async () => {
    const { from: _from, ...server } = ownServer(smtp);
    const withoutSender = mailTask({ server })(MAIL, attemptOf(MAIL_TENANT));
    expect((await taskErrorOf(withoutSender)).message).toMatch(/^\/from is required/);
    const nowhere = taskErrorOf(mailTask({ server: undefined })(MAIL, attemptOf(MAIL_TENANT)));
    expect(await nowhere).toMatchObject({ code: 'CAPABILITY_UNAVAILABLE', retryable: false });
  });
});
