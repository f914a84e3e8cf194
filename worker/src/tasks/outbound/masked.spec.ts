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

it('takes nothing away where there is nothing to hide', () => {
  const answer = Buffer.from('plain $& text');
  expect(masked.bytes(answer)).toBe(answer);
  expect(makeMasked([]).text('plain')).toBe('plain');
});
