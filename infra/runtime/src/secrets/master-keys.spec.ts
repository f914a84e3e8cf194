import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { readConfig } from '@flowplane/plumbing/config';
import { afterAll, describe, expect, it } from 'vitest';
import { MASTER_KEY_ENTRIES, masterKeyFaults, openMasterKeys, parseMasterKeys } from './index.js';

const encoded = (): string => randomBytes(32).toString('base64');
const [A, B] = [encoded(), encoded()];
const folder = mkdtempSync(join(tmpdir(), 'flowplane-master-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (text: string): string => {
  const path = join(folder, randomBytes(4).toString('hex'));
  writeFileSync(path, text);
  return path;
};
const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (cause) {
    return (cause as Error).message;
  }
  return 'nothing was thrown';
};
const read = (env: Readonly<Record<string, string>>) => readConfig(env, MASTER_KEY_ENTRIES, masterKeyFaults);
const idsOf = (text: string): readonly string[] => parseMasterKeys(text).map(({ keyId }) => keyId);

describe('master keys as they are written', () => {
  it.each([
    ['one', `a:${A}`, ['a']],
    ['two, the first current', `2026-11:${A},2025.a_b:${B}`, ['2026-11', '2025.a_b']],
    ['with space and a comma at the end', ` a:${A} , b:${B},`, ['a', 'b']],
    ['on lines, as in a file', `a:${A}\r\nb:${B}\n`, ['a', 'b']],
  ])('%s are read', (_what, text, ids) => {
    expect(idsOf(text)).toEqual(ids);
    expect(parseMasterKeys(text)[0]?.key.export()).toEqual(Buffer.from(A, 'base64'));
  });

  it.each([
    ['no key', ' , ', 'must be <id>:<base64 of 32 bytes>, with a comma between'],
    ['no id', A, 'has no usable id before key 1'],
    ['an empty id', `a:${A},:${B}`, 'has no usable id before key 2'],
    ['an id with other characters', `a/b:${A}`, 'has no usable id before key 1'],
    ['an id that is too long', `${'a'.repeat(65)}:${A}`, 'has no usable id before key 1'],
    ['a key that is too short', `a:${randomBytes(31).toString('base64')}`, 'has a key a of 31 bytes; it must have 32'],
    ['a key that is too long', `a:${randomBytes(33).toString('base64')}`, 'has a key a of 33 bytes; it must have 32'],
    ['an empty key', 'a:', 'has a key a of 0 bytes; it must have 32'],
    ['hex', `a:${randomBytes(32).toString('hex')}`, 'has a key a of 48 bytes; it must have 32'],
    ['base64url', `a:${Buffer.alloc(32, 0xff).toString('base64url')}`, 'has a key a that is not base64'],
    ['base64 without padding', `a:${A.slice(0, -1)}`, 'has a key a that is not base64'],
    ['a second colon', `a:b:${A}`, 'has a key a that is not base64'],
    ['an id twice', `a:${A},a:${B}`, 'has two keys with the id a'],
    ['a key twice', `a:${A},b:${A}`, 'has the same key under the ids a and b'],
    [
      'more keys than are allowed',
      Array.from({ length: 33 }, (_, index) => `k${index}:${encoded()}`).join(),
      'has 33 keys, and may have 32',
    ],
  ])('%s is refused, and the value is not told', (_what, text, message) => {
    const told = messageOf(() => parseMasterKeys(text));
    expect(told).toContain(message);
    for (const key of [A, B, A.slice(0, -1)]) expect(told).not.toContain(key);
  });

  it('come from the variable or from the file, and not from both', () => {
    const path = fileOf(`b:${B}\n`);
    expect(read({ FLOWS_MASTER_KEYS: `a:${A}` }).masterKeys?.map(({ keyId }) => keyId)).toEqual(['a']);
    expect(read({ FLOWS_MASTER_KEYS_FILE: path }).masterKeysFile?.map(({ keyId }) => keyId)).toEqual(['b']);
    expect(messageOf(() => read({ FLOWS_MASTER_KEYS: `a:${A}`, FLOWS_MASTER_KEYS_FILE: path }))).toContain(
      'FLOWS_MASTER_KEYS and FLOWS_MASTER_KEYS_FILE are both set',
    );
    expect(messageOf(() => read({ FLOWS_MASTER_KEYS_FILE: join(folder, 'gone') }))).toContain(
      'FLOWS_MASTER_KEYS_FILE names a file that cannot be read (ENOENT)',
    );
    expect(messageOf(() => read({ FLOWS_MASTER_KEYS_FILE: fileOf('x') }))).toContain(
      'FLOWS_MASTER_KEYS_FILE has no usable id',
    );
  });

  it('are not shown where a configuration is printed', () => {
    const config = read({ FLOWS_MASTER_KEYS: `a:${A}` });
    const printed = inspect(config, { depth: 10 }) + JSON.stringify(config);
    expect(printed).toContain("'a'");
    expect(printed).not.toContain(A);
    expect(printed).not.toContain(Buffer.from(A, 'base64').toString('hex').slice(0, 16));
  });
});

describe('master keys of a process', () => {
  const opened = (nodeEnv: string, text?: string) => {
    const warnings: string[] = [];
    const logger = { warn: (message: string) => void warnings.push(message) } as never;
    const masterKeys = text === undefined ? undefined : parseMasterKeys(text);
    const keys = openMasterKeys({ masterKeys, masterKeysFile: undefined, nodeEnv }, logger);
    return { keys, warnings };
  };

  it('are those that are configured, without a warning', () => {
    const { keys, warnings } = opened('development', `a:${A},b:${B}`);
    expect([keys.origin, keys.current?.keyId, [...keys.all.keys()]]).toEqual(['configured', 'a', ['a', 'b']]);
    expect(warnings).toEqual([]);
  });

  it.each(['development', 'test'])('are a published one where NODE_ENV is %s, with a warning', (nodeEnv) => {
    const { keys, warnings } = opened(nodeEnv);
    expect([keys.origin, keys.current?.keyId]).toEqual(['published', 'development']);
    expect(warnings).toEqual([expect.stringContaining('a key that is part of the source')]);
  });

  it.each(['', 'production', 'staging', 'Development'])(
    'are none where NODE_ENV is "%s", with a warning',
    (nodeEnv) => {
      const { keys, warnings } = opened(nodeEnv);
      expect([keys.origin, keys.current, keys.all.size]).toEqual(['none', undefined, 0]);
      expect(warnings).toEqual([expect.stringContaining('FLOWS_MASTER_KEYS is not set')]);
    },
  );
});
