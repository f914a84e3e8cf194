import { expect, it } from 'vitest';
import { makeSecretSearch } from './secret-forms.js';

const SECRETS = { mail: 'mail-5f0c!a9/b+c=d', other: 'other-77b1e2' };
const namesIn = makeSecretSearch(SECRETS);

it.each<[string, (secret: string) => string | Buffer]>([
  ['as it is', (secret) => `535 wrong password ${secret}.`],
  ['as bytes', (secret) => Buffer.from(`\u0000\u0001${secret}\u00ff`, 'latin1')],
  ['in a URL', (secret) => `smtp://me:${encodeURIComponent(secret)}@mail.example.com`],
  ['in hexadecimal', (secret) => `\\x00${Buffer.from(secret).toString('hex')}`],
  ['in basic authorization', (secret) => `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`],
  ['in SMTP authorization', (secret) => Buffer.from(`\0me\0${secret}`).toString('base64')],
  ['in base64url, one byte on', (secret) => Buffer.from(`x${secret} and more`).toString('base64url')],
  ['in base64url, two bytes on', (secret) => Buffer.from(`xy${secret} and more`).toString('base64url')],
])('a secret that was planted %s is found', (_how, plant) => {
  for (const [name, secret] of Object.entries(SECRETS)) expect(namesIn(plant(secret))).toEqual([name]);
  expect(namesIn(Buffer.concat([SECRETS.mail, SECRETS.other].map((secret) => Buffer.from(plant(secret)))))).toEqual([
    'mail',
    'other',
  ]);
});

it('nothing is found where nothing was planted', () => {
  expect(namesIn(null)).toEqual([]);
  expect(namesIn('mail-5f0c and other-77')).toEqual([]);
});
