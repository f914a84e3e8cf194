import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repoRoot } from '../paths.js';

type Row = { readonly what: string; readonly value: number; readonly name: string; readonly file: string | undefined };
type Setting = { readonly variable: string; readonly fallback: string; readonly file: string };

/** A variable with one of these in its name bounds something that a caller sends, keeps or waits for. */
const BOUNDS = /_MAX_|_MIN_|_MAX$|TIMEOUT|_TTL$|_STALL$/;
/** What they bound is the operator's own doing. */
const NOT_A_CALLERS: ReadonlySet<string> = new Set(['FLOWS_SETUP_TIMEOUT', 'FLOWS_QUOTA_TIMEOUT']);

const read = (file: string): string => readFileSync(join(repoRoot(), file), 'utf8');

/** Rows of the tables of `docs/limits.md`. */
function rowsOf(page: string): readonly Row[] {
  return page
    .split('\n')
    .map((line) => /^\| (.+?) +\| (\d+) +\| `([A-Z_]+)`(?: in `([^`]+)`)? +\|/.exec(line))
    .flatMap((match) => {
      if (match === null) return [];
      const [, what = '', value, name = '', file] = match;
      return [{ what, value: Number(value), name, file }];
    });
}

/** Settings of the services that are numbers, as their configuration names them. */
function settingsBelow(folder: string): readonly Setting[] {
  return readdirSync(join(repoRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    const file = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist.*|test|\..*)$/.test(entry.name) ? [] : settingsBelow(file);
    if (!/(?<!\.spec)\.ts$/.test(entry.name)) return [];
    return [...read(file).matchAll(/\b(?:integer|durationMs)\(\s*'([A-Z_]+)',\s*([\w.* ]+?)\s*[,)]/g)].map((match) => ({
      ...{ variable: match[1] as string, fallback: match[2] as string, file },
    }));
  });
}

/** Value of `16 * 1024`, of `String(…)` of that, or of a constant or member that is written so in `file`. */
function valueOf(text: string, file: string): number | undefined {
  const plain = text.trim().replace(/^String\((.*)\)$/, '$1');
  if (/^[\d_]+( \* [\d_]+)*$/.test(plain)) {
    return plain.split(' * ').reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1);
  }
  return undefined === constantIn(read(file), plain) ? undefined : valueOf(constantIn(read(file), plain) ?? '', file);
}

const constantIn = (source: string, name: string): string | undefined =>
  new RegExp(`const ${name}(?:: \\w+)? = (.+?);`).exec(source)?.[1];

/** What is wrong with the rows, in words. */
function faultsOf(rows: readonly Row[], settings: readonly Setting[]): readonly string[] {
  const differing = rows.flatMap(({ what, value, name, file }) => {
    if (file !== undefined) {
      const text = constantIn(read(file), name);
      if (text === undefined) return [`${what}: there is no constant ${name} in ${file}`];
      const real = valueOf(text, file);
      return real === value ? [] : [`${what}: ${name} is ${real ?? text}, not ${value}`];
    }
    const found = settings.filter(({ variable }) => variable === name);
    if (found.length === 0) return [`${what}: no service reads ${name}`];
    const defaults = found
      .map((setting) => valueOf(setting.fallback, setting.file))
      .filter((real) => real !== undefined);
    return defaults.every((real) => real === value) ? [] : [`${what}: ${name} is ${defaults.join(', ')}, not ${value}`];
  });
  const listed = new Set(rows.map(({ name }) => name));
  const missing = [...new Set(settings.map(({ variable }) => variable))]
    .filter((variable) => BOUNDS.test(variable) && !listed.has(variable) && !NOT_A_CALLERS.has(variable))
    .map((variable) => `${variable} bounds something and has no row`);
  return [...differing, ...missing];
}

describe('docs/limits.md', () => {
  const rows = rowsOf(read('docs/limits.md'));
  const settings = settingsBelow('.');

  it('says what the code does', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(settings.length).toBeGreaterThan(40);
    expect(faultsOf(rows, settings)).toEqual([]);
  });

  it.each([
    ['another default', { name: 'FLOWS_MAX_NODES', value: 999, file: undefined }, 'FLOWS_MAX_NODES is 1000'],
    ['a variable that nobody reads', { name: 'FLOWS_NEVER', value: 1, file: undefined }, 'no service reads'],
    ['another constant', { name: 'MAX_TOKENS', value: 1, file: 'contracts/src/flow/yaml-bounds.ts' }, 'is 1000000'],
    ['a constant that is gone', { name: 'MAX_X', value: 1, file: 'contracts/src/flow/yaml.ts' }, 'no constant MAX_X'],
  ])('would fail for %s', (_case, row, fault) => {
    expect(faultsOf([...rows, { what: 'x', ...row }], settings)).toEqual([expect.stringContaining(fault)]);
  });

  it('would fail for a setting without a row', () => {
    const without = rows.filter(({ name }) => name !== 'FLOWS_MAX_NODES');
    expect(faultsOf(without, settings)).toEqual(['FLOWS_MAX_NODES bounds something and has no row']);
  });
});
