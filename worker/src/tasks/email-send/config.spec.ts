import { PLAINTEXT_ENTRIES, readConfig } from '@flowplane/plumbing/config';
import { describe, expect, it } from 'vitest';
import { configuredSmtpServer, EMAIL_SEND_ENTRIES, emailSendFaults } from './config.js';

const read = (env: Readonly<Record<string, string>>) =>
  readConfig(env, { ...PLAINTEXT_ENTRIES, ...EMAIL_SEND_ENTRIES }, emailSendFaults);
const server = (FLOWS_SMTP_URL: string) => configuredSmtpServer(read({ FLOWS_SMTP_URL }));

describe('FLOWS_SMTP_URL', () => {
  it('says where the server is, and who asks', () => {
    expect(configuredSmtpServer(read({}))).toBeUndefined();
    expect(server('smtp://mail.example.com')).toEqual({
      ...{ host: 'mail.example.com', port: 587, secure: false, requireTls: false },
    });
    expect(server('smtps://mail.example.com/')).toMatchObject({ port: 465, secure: true });
    expect(server('smtp://a%40b:p%3Aq@[::1]:25')).toMatchObject({
      ...{ host: '::1', port: 25, credentials: { username: 'a@b', password: 'p:q' } },
    });
  });

  it.each([
    'mail.example.com',
    'http://mail.example.com',
    'smtp://',
    'smtp://me@mail.example.com',
    'smtp://me:hunter2@mail.example.com/folder',
    'smtp://me:hunter2@mail.example.com?pool=true',
    'smtp://me:hunter2%@mail.example.com',
  ])('is refused at the start, without quoting it: %s', (url) => {
    expect(() => server(url)).toThrow(/FLOWS_SMTP_URL must/);
    expect(() => server(url)).not.toThrow(/hunter2|mail\.example\.com\?/);
  });

  it('is not spoken to in plaintext in production, but on this machine or when insisted', () => {
    const env = { NODE_ENV: 'production', FLOWS_SMTP_URL: 'smtp://mail.example.com' };
    expect(() => read(env)).toThrow(/FLOWS_SMTP_URL would be reached in plaintext.*FLOWS_SMTP_REQUIRE_TLS=1/);
    for (const over of [
      { FLOWS_SMTP_URL: 'smtp://127.0.0.1:25' },
      { FLOWS_SMTP_URL: 'smtps://mail.example.com' },
      { FLOWS_SMTP_REQUIRE_TLS: '1' },
      { FLOWS_ALLOW_PLAINTEXT: '1' },
      { NODE_ENV: 'staging' },
    ]) {
      expect(() => read({ ...env, ...over })).not.toThrow();
    }
  });

  it('goes with a sender and with times that can be used', () => {
    expect(() => read({ FLOWS_SMTP_FROM: 'nobody' })).toThrow(/FLOWS_SMTP_FROM must be an address/);
    expect(() => read({ FLOWS_SMTP_CONNECT_TIMEOUT: '0s' })).toThrow(/FLOWS_SMTP_CONNECT_TIMEOUT must be from 1/);
    const config = read({ FLOWS_SMTP_FROM: 'Flows <flows@example.com>', FLOWS_SMTP_URL: 'smtp://h.example' });
    expect(configuredSmtpServer(config)).toMatchObject({ from: 'Flows <flows@example.com>' });
  });
});
