import { expect, it } from 'vitest';
import { makeMasked } from './masked.js';

const masked = makeMasked(['credential-1', 'credential-1-and-more', 'gehört-dazu', 'short']);

it('hides every credential, the longer one as a whole, and leaves the rest as it is', () => {
  const answer = Buffer.concat([
    Buffer.from([0xff, 0xfe, 0]),
    Buffer.from('a credential-1 b credential-1-and-more c gehört-dazu d short credential-1'),
  ]);
  const rest = Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from('a *** b *** c *** d short ***')]);
  expect(masked.bytes(answer)).toEqual(rest);
  expect(masked.text('x credential-1-and-more credential-1')).toBe('x *** ***');
});

it('hides it as JSON and URLs write it', () => {
  const forms = makeMasked(['p"ss/w rd+1', 'bWU6cGFzc3dvcmQ==']);
  const answer = JSON.stringify({
    a: 'p"ss/w rd+1',
    b: `?k=${encodeURIComponent('p"ss/w rd+1')}`,
    c: 'bWU6cGFzc3dvcmQ%3D%3D',
  });
  expect(forms.bytes(Buffer.from(answer)).toString()).toBe('{"a":"***","b":"?k=***","c":"***"}');
});

it('hides it as other writers of JSON and URLs write it, one way or another in each place', () => {
  const forms = makeMasked(['dXNlcjpwYXNz/d29yZA==', 'gehört 1/2 🔑']);
  const others = [
    String.raw`dXNlcjpwYXNz\/d29yZA==`,
    'dXNlcjpwYXNz%2fd29yZA%3d%3d',
    String.raw`geh\u00f6rt 1\/2 \ud83d\uDD11`,
    'geh%C3%b6rt%201%2F2%20%f0%9f%94%91',
    String.raw`dXNlcjpwYXNz\u002fd29yZA\u003D=`,
  ];
  expect(forms.bytes(Buffer.from(others.join(' and '))).toString()).toBe(others.map(() => '***').join(' and '));
  expect(forms.text('x gehört 1/2 🔑 y')).toBe('x *** y');
  const pem = `-----BEGIN KEY-----\n${'Zm9v/'.repeat(200)}\n-----END KEY-----`;
  expect(
    makeMasked([pem])
      .bytes(Buffer.from(JSON.stringify({ pem })))
      .toString(),
  ).toBe('{"pem":"***"}');
});

it('takes nothing away where there is nothing to hide', () => {
  const answer = Buffer.from('plain $& text');
  expect(masked.bytes(answer)).toBe(answer);
  expect(makeMasked([]).text('plain')).toBe('plain');
});
