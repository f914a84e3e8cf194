import { describe, expect, it } from 'vitest';
import { candidatesOf, parseNameFiles } from './name-files.js';

describe('the files of the system that say something about names', () => {
  it('give names their addresses, in any case, comments left out', () => {
    const { hosts } = parseNameFiles(
      '127.0.0.1 localhost\n# no\n10.0.0.7\tBilling billing.local # ours\n::7 billing\n',
      '',
    );
    expect(hosts.get('localhost')).toEqual(['127.0.0.1']);
    expect(hosts.get('billing')).toEqual(['10.0.0.7', '::7']);
    expect(hosts.get('billing.local')).toEqual(['10.0.0.7']);
    expect(hosts.has('ours')).toBe(false);
  });

  it.each([
    ['', 'a', ['a']],
    ['search x.test y.test', 'a', ['a.x.test', 'a.y.test', 'a']],
    ['search x.test', 'a.b', ['a.b', 'a.b.x.test']],
    ['search x.test\noptions timeout:1 ndots:5', 'a.b', ['a.b.x.test', 'a.b']],
    ['domain old.test\nsearch x.test ; more\n', 'a', ['a.x.test', 'a']],
    ['search .', 'a', ['a']],
    ['search x.test', 'a.b.', ['a.b.']],
  ])('%j: %s is asked for as %j', (resolvConf, name, expected) => {
    expect(candidatesOf(name, parseNameFiles('', resolvConf))).toEqual(expected);
  });
});
