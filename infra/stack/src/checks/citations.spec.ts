import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repoRoot } from '../paths.js';

// A citation is `<specification> <section>`, such as flows-api 3.8, or an ADR with its number (ADR 43 says why).

const SPEC_FOLDER = 'docs/spec';
const ADR_FOLDER = 'docs/adr';
/** Kinds of files that cite. Recorded histories, fixtures and schemas do not. */
const ENDINGS: ReadonlySet<string> = new Set(
  '.ts .tsx .mjs .cjs .js .sql .md .html .css .sh .py .yaml .yml'.split(' '),
);
const SKIPPED = /^(\..*|node_modules|dist|dist-.*|histories)$/;

const NAMES = 'flow-language|flows-api|tasks|provisioning|event-log';
const SECTION = String.raw`\d{1,2}(?:\.\d{1,2})?(?:\(\d{1,2}\))?`;
const SECTIONS = String.raw`${SECTION}(?:(?:, | and | to )${SECTION}(?!\w))*`;
const CITATION = new RegExp(String.raw`(?<![\w/.-])(${NAMES}) (${SECTIONS})`, 'g');
const ADR = /\bADR (\d+)/g;
const LINK = /\]\((?!\w+:|#)([^)#\s]+)/g;

/** How a section must not be cited: without its file, or with the file in another spelling. */
const OLD_FORMS: readonly RegExp[] = [
  /(?<=^|\s)\([1-9]\d?\.[1-9]\d?(?:\(\d+\))?[,)]/g, // a bare (4.2)
  /\b(?:of|by|see|table|rule|rules) [1-9]\d?\.[1-9]\d?(?!\w|\.\d| ?(?:[kMG]i?B|m?s|µs|%|runs|cores)\b)/gi, // as in "the order of 3.1"
  /\bsections? \d/gi,
  /\brules? \d/gi,
  /\bdesign(?:\.md)?,? \d/gi,
  /§/g,
  /\bflow language \d/gi,
  new RegExp(String.raw`\b(?:${NAMES})(?:\.md|,)\W{1,3}\d`, 'gi'),
  new RegExp(String.raw`\b(?:Flow-language|Flows-api|Tasks|Provisioning|Event-log) \d+\.\d`, 'g'),
];

type Source = { readonly file: string; readonly text: string };
/** Sections by specification: `3`, `3.8`, and the numbered items of a section, `2.2(5)`. */
type Sections = ReadonlyMap<string, ReadonlySet<string>>;
type Known = {
  readonly sections: Sections;
  readonly adrs: ReadonlySet<number>;
  readonly exists: (file: string) => boolean;
};

function sectionsOf(markdown: string): ReadonlySet<string> {
  const found = new Set<string>();
  let current = '';
  for (const line of markdown.split('\n')) {
    const heading = /^## (\d+)\. /.exec(line)?.[1] ?? /^(\d+\.\d+) /.exec(line)?.[1];
    if (heading !== undefined) current = heading;
    else if (line.startsWith('#')) current = '';
    const item = /^(\d+)\. /.exec(line)?.[1];
    if (heading !== undefined) found.add(heading);
    if (item !== undefined && current !== '') {
      found.add(`${current}(${item})`);
      if (!current.includes('.')) found.add(`${current}.${item}`);
    }
  }
  return found;
}

/** The text on one line, without what stands at the beginning of a comment's lines: citations may be broken. */
function flat({ file, text }: Source): string {
  return file.endsWith('.md')
    ? text.replace(/(?<!\n)\n {0,3}(?![\n#|>*-]|\d+\. )/g, ' ')
    : text.replace(/\n[ \t]*(?:\*(?!\/)|\/\/|--|#)?[ \t]*/g, ' ');
}

const excerpt = (text: string, at: number): string => text.slice(Math.max(0, at - 40), at + 40).trim();

/** Every fault of the citations in a file: what is missing, or where an old form stands. */
function faultsOf(source: Source, known: Known): string[] {
  const text = flat(source);
  const faults: string[] = [];
  const missing = (what: string, at: number): void => {
    faults.push(`${source.file}: there is no ${what}: ${excerpt(text, at)}`);
  };
  const check = (name: string, sections: string, at: number): void => {
    for (const section of sections.split(/, | and | to /)) {
      if (known.sections.get(name)?.has(section) !== true) missing(`${name} ${section}`, at);
    }
  };
  for (const { 1: name, 2: sections, index } of text.matchAll(CITATION)) check(name ?? '', sections ?? '', index);
  for (const { 1: number, index } of text.matchAll(ADR)) {
    if (!known.adrs.has(Number(number))) missing(`ADR ${number}`, index);
  }
  if (source.file.endsWith('.md')) {
    for (const { 1: link, index } of text.matchAll(LINK)) {
      if (!known.exists(join(dirname(source.file), link ?? ''))) missing(link ?? '', index);
    }
  }
  if (source.file.startsWith(SPEC_FOLDER)) checkOwnSections(source.file, text, check);
  else {
    for (const form of OLD_FORMS) {
      for (const { index } of text.matchAll(form)) faults.push(`${source.file}: old form: ${excerpt(text, index)}`);
    }
  }
  return faults;
}

/** A specification cites its own sections by number alone, and others with a code mark around the file's name. */
function checkOwnSections(
  file: string,
  text: string,
  check: (name: string, sections: string, at: number) => void,
): void {
  const own = /([\w-]+)\.md$/.exec(file)?.[1] ?? '';
  const other = new RegExp(String.raw`\x60(${NAMES})\.md\x60,? (?:sections? )?(${SECTIONS})`, 'g');
  for (const { 1: name, 2: sections, index } of text.matchAll(other)) check(name ?? '', sections ?? '', index);
  const mine = new RegExp(String.raw`(?<!\.md\x60,? )\bsections? (${SECTIONS})`, 'g');
  for (const { 1: sections, index } of text.matchAll(mine)) check(own, sections ?? '', index);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(repoRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.test(entry.name) || entry.name === 'citations.spec.ts') return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return ENDINGS.has(extname(entry.name)) ? [path] : [];
  });
}

const read = (file: string): Source => ({ file, text: readFileSync(join(repoRoot(), file), 'utf8') });

function knownSections(): Known {
  const specs = filesBelow(SPEC_FOLDER).map(read);
  const paths = new Set<string>();
  const remember = (path: string): void => {
    if (path === '.') return;
    paths.add(path);
    remember(dirname(path));
  };
  for (const file of filesBelow('.')) remember(relative('.', file));
  return {
    sections: new Map(specs.map(({ file, text }) => [/([\w-]+)\.md$/.exec(file)?.[1] ?? '', sectionsOf(text)])),
    adrs: new Set(filesBelow(ADR_FOLDER).map((file) => Number(/(\d{4})-/.exec(file)?.[1]))),
    exists: (file) => paths.has(file.replace(/\/$/, '')) || readable(file),
  };
}

/** Files of kinds that do not cite (LICENSE, schemas) can be linked to as well. */
function readable(file: string): boolean {
  try {
    return readdirSync(join(repoRoot(), dirname(file))).includes(file.slice(dirname(file).length + 1));
  } catch {
    return false;
  }
}

const known = knownSections();

test('every citation in the project names a section that exists, in the one form', () => {
  const faults = filesBelow('.').flatMap((file) => faultsOf(read(file), known));
  expect(faults, faults.join('\n')).toEqual([]);
});

describe('the check itself', () => {
  const faultsIn = (text: string, file = 'worker/src/planted.ts'): string[] => faultsOf({ file, text }, known);

  test.each([
    ['a section', '/** Exact (flows-api 3.8). */'],
    ['a whole chapter', '// flow-language 4 to 11'],
    ['a list', '// (flows-api 2.1, 4; tasks 2.4, 6)'],
    ['a numbered item', '// role gate of flows-api 2.2(5), reasons of flow-language 3.3(4)'],
    ['a citation over two lines', '/**\n * The strict check (flow-language\n * 5.2).\n */'],
    ['a rule of the log', '// at most one outstanding send (event-log 6)'],
    ['a decision', '// ADR 43 says why'],
    ['numbers that cite nothing', "'type(1.0)'; // 1.5 of 2.5 MiB, HTTP/1.1, YAML 1.2"],
  ])('lets pass: %s', (_what, text) => {
    expect(faultsIn(text)).toEqual([]);
  });

  test.each([
    ['a section that is not there', '// (flows-api 3.99)'],
    ['one of a list that is not there', '// (flows-api 3.8, 44)'],
    ['a numbered item that is not there', '// flows-api 2.2(9)'],
    ['a missing section over two lines', '/**\n * The strict check (flow-language\n * 5.44).\n */'],
    ['a rule that the log does not have', '// (event-log 14)'],
    ['a decision that is not there', '// ADR 4300'],
    ['a bare section', '// Only identity encoding is requested (4.2).'],
    ['a bare section in a phrase', '// entries in the order of 3.1'],
    ['"section" without a file', '/** The parser of ISO-8601 durations (section 12.1). */'],
    ['a rule of the old design', '// begins a term (design 3, rule 1)'],
    ['a bare rule', '// time never goes back (rule 9)'],
    ['the old design', '// our topics (design 2)'],
    ['the file with its ending', '// (tasks.md 5.2)'],
    ['another spelling of the file', '// (flow language 8.2)'],
    ['a paragraph mark', '// flows-api § 3'],
  ])('refuses: %s', (_what, text) => {
    expect(faultsIn(text)).not.toEqual([]);
  });

  test.each([
    ['a link to no file', 'See [the glossary](no-such-page.md).', 'docs/planted.md'],
    ['a specification that cites a section it does not have', 'as in section 77', `${SPEC_FOLDER}/tasks.md`],
    ['a specification that cites one of another', 'see `flows-api.md` 3.99', `${SPEC_FOLDER}/tasks.md`],
  ])('refuses: %s', (_what, text, file) => {
    expect(faultsIn(text, file)).toHaveLength(1);
  });
});
