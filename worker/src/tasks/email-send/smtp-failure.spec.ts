import type { JsonObject } from '@flowplane/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { attemptOf, taskErrorOf } from '../../../test/tasks/attempts.js';
import { MAIL, MAIL_PASSWORD, MAIL_TENANT, mailTask, ownServer, sendMail } from '../../../test/tasks/mail-task.js';
import {
  EMPTY_LINES,
  FLOOD,
  HANG_UP,
  openScriptedSmtp,
  SILENCE,
  type ScriptedSmtp,
} from '../../../test/tasks/scripted-smtp.js';
import type { TaskAttempt } from '../task-handler.js';
import type { SmtpServer } from './smtp-server.js';

/** A server that says what it was told. */
const ECHO = `the password is ${MAIL_PASSWORD}`;
const UNAVAILABLE = ['UPSTREAM_UNAVAILABLE', true] as const;
const REFUSED = ['UPSTREAM_ERROR', false] as const;
const PATIENCE = { timeout: 20_000 };

let smtp: ScriptedSmtp;
beforeAll(async () => {
  smtp = await openScriptedSmtp();
});
afterAll(() => smtp.close());
afterEach(() => smtp.follow({}));

const send = (params: JsonObject = MAIL, over: Partial<TaskAttempt> = {}) => sendMail(smtp, params, over);
const allClosed = () => vi.waitFor(() => expect(smtp.open()).toBe(0), PATIENCE);

describe('a mail server', () => {
  it.each<readonly [place: string, reply: string, code: string, retryable: boolean]>([
    ['greeting', `421 ${ECHO}`, ...UNAVAILABLE],
    ['greeting', `554 ${ECHO}`, ...REFUSED],
    ['greeting', `HTTP/1.1 400 ${ECHO}`, ...REFUSED],
    ['greeting', HANG_UP, ...UNAVAILABLE],
    ['EHLO', `421 ${ECHO}`, ...UNAVAILABLE],
    ['EHLO', HANG_UP, ...UNAVAILABLE],
    ['AUTH', `535 ${ECHO}`, ...REFUSED],
    ['AUTH', `454 ${ECHO}`, ...UNAVAILABLE],
    ['MAIL', `451 ${ECHO}`, ...UNAVAILABLE],
    ['MAIL', `550 ${ECHO}`, ...REFUSED],
    ['MAIL', HANG_UP, ...UNAVAILABLE],
    ['RCPT', `550 ${ECHO}`, 'RECIPIENTS_REJECTED', false],
    ['RCPT', `452 ${ECHO}`, ...UNAVAILABLE],
    ['RCPT', HANG_UP, ...UNAVAILABLE],
    ['DATA', `451 ${ECHO}`, ...UNAVAILABLE],
    ['DATA', `554 ${ECHO}`, ...REFUSED],
    ['message', `451 ${ECHO}`, ...UNAVAILABLE],
    ['message', `552 ${ECHO}`, ...REFUSED],
    ['message', HANG_UP, ...UNAVAILABLE],
  ])('that answers at %s with %s: %s', async (place, reply, code, retryable) => {
    smtp.follow({ [place]: reply });
    const error = await taskErrorOf(send());
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).not.toMatch(/password|only-the-server/);
    expect(error.cause).toBeUndefined();
    await allClosed();
  });

  it('that would take one of two recipients later is asked again', async () => {
    smtp.follow({ 'RCPT TO:<a@': '550 unknown', 'RCPT TO:<b@': '450 later' });
    expect(await taskErrorOf(send())).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  });

  it('that is not there, or is silent, cannot be reached', async () => {
    const gone = await openScriptedSmtp();
    await gone.close();
    const timeouts = { connectMs: 30_000, greetingMs: 200, socketMs: 200 };
    const failure = (server: SmtpServer) => taskErrorOf(mailTask({ server, timeouts })(MAIL, attemptOf(MAIL_TENANT)));
    const unavailable = { code: 'UPSTREAM_UNAVAILABLE', retryable: true };
    expect(await failure(ownServer(gone))).toMatchObject(unavailable);
    for (const place of ['greeting', 'MAIL', 'message']) {
      smtp.follow({ [place]: SILENCE });
      expect(await failure(ownServer(smtp)), place).toMatchObject(unavailable);
    }
    await allClosed();
  });

  it('that never ends its reply is left', async () => {
    for (const place of ['greeting', 'MAIL', 'QUIT']) {
      smtp.follow({ [place]: FLOOD });
      const outcome: unknown = await send().catch((error: unknown) => error);
      expect(outcome, place).toMatchObject(
        place === 'QUIT' ? { accepted: MAIL.to } : { code: 'UPSTREAM_ERROR', retryable: false },
      );
      await allClosed();
    }
  });

  it('that sends empty lines without end is left before they fill the memory', async () => {
    for (const place of ['greeting', 'EHLO', 'MAIL']) {
      smtp.follow({ [place]: EMPTY_LINES });
      expect(await taskErrorOf(send()), place).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false });
      await allClosed();
    }
  });

  it.each(['greeting', 'MAIL', 'RCPT', 'DATA', 'message'])(
    'is left at %s when the attempt is cancelled',
    async (at) => {
      smtp.follow({ [at]: SILENCE });
      const ended = new AbortController();
      const [connections, commands, messages] = [smtp.connections(), smtp.commands().length, smtp.messages().length];
      const work = send(MAIL, { signal: ended.signal }).catch((error: unknown) => error);
      const isThere = (): boolean => {
        if (at === 'greeting') return smtp.connections() > connections;
        if (at === 'message') return smtp.messages().length > messages;
        return smtp
          .commands()
          .slice(commands)
          .some((command) => command.startsWith(at));
      };
      await vi.waitFor(() => expect(isThere()).toBe(true), PATIENCE);
      expect(smtp.open()).toBeGreaterThanOrEqual(1);
      ended.abort();
      expect(await work).toBeInstanceOf(Error);
      await allClosed();
    },
  );

  it('gets no message in an attempt that was cancelled before', async () => {
    const before = smtp.messages().length;
    await expect(send(MAIL, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(smtp.messages()).toHaveLength(before);
  });
});
