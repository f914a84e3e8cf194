import type { Connection } from '@flowplane/contracts';
import { makeTestAuthority, type TestAuthority } from '@flowplane/plumbing/test/certificates';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptOf, taskErrorOf } from '../../../test/tasks/attempts.js';
import { MAIL, MAIL_PASSWORD, MAIL_TENANT, mailTask, ownServer } from '../../../test/tasks/mail-task.js';
import { openScriptedSmtp, type ScriptedSmtp } from '../../../test/tasks/scripted-smtp.js';
import { parseAllowedHosts } from '../outbound/allowed-hosts.js';
import type { Resolve } from '../outbound/checked-target.js';
import { serverFor, type SmtpServerPorts } from './server-for.js';

type Smtp = Connection<'smtp'>;
const CREDENTIALS = { username: 'crm', password: MAIL_PASSWORD };
const AUTH = `AUTH PLAIN ${Buffer.from(`\0crm\0${MAIL_PASSWORD}`).toString('base64')}`;
const LOCAL: Resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

let smtp: ScriptedSmtp;
beforeAll(async () => {
  smtp = await openScriptedSmtp();
});
afterAll(() => smtp.close());

/** Ports with which every name stands for this connection. */
const portsOf = (
  endpoint: Smtp['endpoint'],
  { secret = {}, resolve = LOCAL, allow = [] }: { secret?: Smtp['secret']; resolve?: Resolve; allow?: string[] } = {},
): SmtpServerPorts => ({
  server: undefined,
  allowedHosts: parseAllowedHosts(allow),
  resolve,
  connections: ((kind: string, name: string) =>
    Promise.resolve({ name, kind, version: '1', endpoint, secret })) as SmtpServerPorts['connections'],
});
const sendThrough = (ports: SmtpServerPorts) => mailTask(ports)({ ...MAIL, connection: 'crm' }, attemptOf(MAIL_TENANT));

describe('a connection of the workspace', () => {
  const at = (host: string): Smtp['endpoint'] => ({ host, port: smtp.port, secure: false, from: 'crm@example.com' });

  it('is spoken to with its own sender and password', async () => {
    const ports = portsOf(at('127.0.0.1'), { secret: CREDENTIALS, allow: [`127.0.0.1:${smtp.port}`] });
    expect(await sendThrough(ports)).toMatchObject({ accepted: MAIL.to });
    expect(smtp.messages().at(-1)).toMatch(/^From: crm@example\.com\r$/m);
    expect(smtp.commands()).toContain(AUTH);
  });

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '::1', 'localhost', 'mail.example'])(
    'that leads inward opens no socket: %s',
    async (host) => {
      const before = smtp.connections();
      const error = await taskErrorOf(sendThrough(portsOf(at(host))));
      expect(error).toMatchObject({ code: 'SSRF_BLOCKED', retryable: false });
      expect(smtp.connections()).toBe(before);
    },
  );

  it('goes to the address that was checked, without a second look-up', async () => {
    let lookups = 0;
    const resolve: Resolve = (name) => {
      lookups += 1;
      return LOCAL(name);
    };
    const ports = portsOf(at('mail.nowhere.example'), { resolve, allow: [`mail.nowhere.example:${smtp.port}`] });
    expect(await sendThrough(ports)).toMatchObject({ accepted: MAIL.to });
    expect(lookups).toBe(1);
  });

  it('sends its password only over TLS to a server elsewhere', async () => {
    const elsewhere: Resolve = () => Promise.resolve([{ address: '192.0.2.1', family: 4 }]);
    const server = (over: Partial<Smtp['endpoint']>, secret: Smtp['secret']) =>
      serverFor(
        'crm',
        attemptOf(MAIL_TENANT),
        portsOf({ ...at('mail.example'), ...over }, { resolve: elsewhere, secret }),
      );
    expect(await server({}, CREDENTIALS)).toMatchObject({ requireTls: true, host: 'mail.example' });
    expect(await server({}, {})).toMatchObject({ requireTls: false });
    expect(await server({ secure: true }, CREDENTIALS)).toMatchObject({ requireTls: false, secure: true });
    const before = smtp.commands().length;
    const plain = mailTask({ server: ownServer(smtp, { requireTls: true }) })(MAIL, attemptOf(MAIL_TENANT));
    expect(await taskErrorOf(plain)).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false });
    expect(
      smtp
        .commands()
        .slice(before)
        .filter((command) => command.startsWith('AUTH')),
    ).toEqual([]);
  });
});

describe.each([true, false])('TLS, from the first byte: %s', (implicit) => {
  let authority: TestAuthority;
  let secure: ScriptedSmtp;
  beforeAll(async () => {
    authority = await makeTestAuthority('ours');
    const pair = await authority.sign({ name: 'mail', hosts: ['mail.example.com'] });
    secure = await openScriptedSmtp({ tls: { ...pair, implicit } });
  });
  afterAll(() => secure.close());
  const sendTo = (host: string, ca = authority.cert) => {
    const addresses = [{ address: '127.0.0.1', family: 4 }] as const;
    const server = ownServer(secure, { host, addresses, ca, secure: implicit, requireTls: true });
    return mailTask({ server })(MAIL, attemptOf(MAIL_TENANT));
  };

  it('is asked for the name of the server, at its pinned address', async () => {
    expect(await sendTo('mail.example.com')).toMatchObject({ accepted: MAIL.to });
    expect(secure.tlsNames()).toEqual(['mail.example.com']);
    expect(secure.commands().filter((command) => command.startsWith('AUTH'))).toHaveLength(1);
  });

  it('ends the attempt where the certificate is of another name, or of somebody else', async () => {
    const before = secure.commands().length;
    const other = await makeTestAuthority('others');
    for (const work of [sendTo('other.example.com'), sendTo('mail.example.com', other.cert)]) {
      expect(await taskErrorOf(work)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    }
    expect(
      secure
        .commands()
        .slice(before)
        .filter((command) => /^(AUTH|MAIL)/.test(command)),
    ).toEqual([]);
  });
});
