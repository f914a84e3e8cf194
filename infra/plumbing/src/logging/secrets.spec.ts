import { describe, expect, it } from 'vitest';
import { MAX_LINE_CHARACTERS } from './cut-line.js';
import { makeLogger } from './index.js';
import { makeCensor, secretsIn } from './secrets.js';

const LONG = 1_000_000;
const repeated = (text: string): string => text.repeat(Math.ceil(LONG / text.length));

describe('the censor', () => {
  // A cost that grows with the square of the length would be hours here.
  it.each([
    ...['a', 'eyJ', 'eyJ-', 'eyJaaaaaaaaaaa-', 'eyJaaaaaaaaaaa.', 'a.', '.', 'https', '://', '://a', 'a://b@', '@'],
    ...[
      'Bearer ',
      'Bearer',
      'basic  \t',
      'flc_anon_',
      'flc_',
      'sha256=',
      'sha256=0',
      '?token=',
      '&secret',
      ' ',
      '"',
      '\\\\',
    ],
    ...['=', '-', '%', 'a:', 'a:b@', 'é', '\u{1f44d}'],
  ])('takes a time that grows with the length of the text only: %j', (part) => {
    const censor = makeCensor(['a secret of this process']);
    const began = performance.now();
    censor(repeated(part));
    censor(`${repeated(part)}://x`);
    censor(`eyJ${repeated(part)}.`);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl-c2lnbmF0dXJl';
  it.each([
    [`token=${JWT}`, 'token=[redacted]'],
    [`x-${JWT}, y`, 'x-[redacted], y'],
    [`www.host.${JWT}`, 'www.host.[redacted]'],
    [`${JWT.split('.').slice(0, 2).join('.')} and more`, '[redacted] and more'],
    ['eyJ is no token, nor is eyJhbGciOiJSUzI1NiJ9', 'eyJ is no token, nor is eyJhbGciOiJSUzI1NiJ9'],
    ['postgres://me:pa$$word@db/x', 'postgres://[redacted]@db/x'],
    ['mail a@b.c at https://host/x', 'mail a@b.c at https://host/x'],
  ])('makes of %s', (text, expected) => {
    expect(makeCensor([])(text)).toBe(expected);
  });

  it('knows each master key of the environment, and leaves the file of others alone', () => {
    const [one, two] = ['k'.repeat(43), 'm'.repeat(43)].map((text) => `${text}=`);
    const env = { FLOWS_MASTER_KEYS: `a:${one}, b:${two}`, FLOWS_MASTER_KEYS_FILE: '/run/secrets/master-keys' };
    const censor = makeCensor(secretsIn(env));
    expect(censor(`${two} of b, ${one} of a, /run/secrets/master-keys`)).toBe(
      '[redacted] of b, [redacted] of a, /run/secrets/master-keys',
    );
  });
});

describe('a line that is too long', () => {
  const logged = (details: object): { readonly text: string; readonly line: Record<string, unknown> } => {
    const lines: string[] = [];
    const env = { SOME_SECRET: 'a secret of this process' };
    makeLogger({ service: 'spec', level: 'info', env, destination: { write: (line) => lines.push(line) } }).info(
      details,
      'it happened',
    );
    const text = lines.join('');
    return { text, line: JSON.parse(text) as Record<string, unknown> };
  };

  it('has its long texts cut and the rest as it was', () => {
    const { text, line } = logged({ runId: 'r', deep: { list: ['short', 'x'.repeat(LONG)] } });
    expect(text.length).toBeLessThan(MAX_LINE_CHARACTERS);
    expect(line).toMatchObject({ runId: 'r', msg: 'it happened', deep: { list: ['short', expect.any(String)] } });
    expect(text).toContain('xxx… (1000000 characters)');
  });

  it('keeps what stands at its top where it has too many members', () => {
    const { text, line } = logged({ runId: 'r', list: Array.from({ length: 50_000 }, (_, at) => `item ${at}`) });
    expect(text.length).toBeLessThan(MAX_LINE_CHARACTERS);
    expect(line).toMatchObject({ service: 'spec', runId: 'r', msg: 'it happened', cut: true });
    expect(text.endsWith('\n')).toBe(true);
  });

  it('shows no part of a secret that the cut went through', () => {
    for (let before = 8100; before < 8300; before += 7) {
      const { text } = logged({ text: `${'x'.repeat(before)}a secret of this process${'y'.repeat(LONG)}` });
      expect(text).not.toContain('xa s');
    }
    const { text } = logged({ text: `${'x'.repeat(8192 + 16_384 - 5)}a secret of this process${'y'.repeat(LONG)}` });
    expect(text).not.toContain('xa s');
  });
});
