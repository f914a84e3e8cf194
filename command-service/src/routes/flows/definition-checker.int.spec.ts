import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { RULES as DEFAULT_RULES } from '../../../test/definition-rules.js';
import type { DefinitionRules } from './definition-body.js';
import { INLINE_MAX_LENGTH, makeDefinitionChecker, type DefinitionChecker } from './definition-checker.js';
import { checkDefinition, type DefinitionCheck, type FoundBy } from './definition-checks.js';

const RULES: DefinitionRules = { ...DEFAULT_RULES, echoTasks: true, maxBodyBytes: 400_000 };
const threadFile = new URL('../../../dist/routes/flows/check-thread.js', import.meta.url);

/** As the caller below asks. */
type Check = <K extends DefinitionCheck['kind']>(asked: DefinitionCheck & { readonly kind: K }) => Promise<FoundBy<K>>;
const CALLER = { tenantId: 'T', signal: new AbortController().signal };
const checkers: DefinitionChecker[] = [];
function checkerOf(options: { readonly timeoutMs?: number; readonly threads?: number; readonly file?: URL } = {}) {
  const { timeoutMs = 20_000, threads = 1, file = threadFile } = options;
  const logger = { warn: () => undefined };
  const checker = makeDefinitionChecker({ rules: RULES, threads, timeoutMs, logger, threadFile: file });
  checkers.push(checker);
  const check = ((asked: DefinitionCheck) => checker.check(asked, CALLER)) as Check;
  return { check };
}
afterEach(async () => {
  await Promise.all(checkers.splice(0).map((checker) => checker.close()));
});

type Node = Readonly<Record<string, unknown>>;
const flowOf = (nodes: readonly Node[], filling = ''): string =>
  JSON.stringify({ apiVersion: 'v1.0', name: 'trial', canvasMetadata: { filling }, nodes });
const subFlow: Node = { id: 'child', type: 'sub-flow', flowId: 'other', flowVersion: '3' };
const faulty: readonly Node[] = [
  { id: 'a', type: 'task', taskType: 'no.such.task' },
  { ...subFlow, id: 'b' },
];
const LONG = 'x'.repeat(INLINE_MAX_LENGTH);
const VERSION = { flowId: 'other', version: 3 };

/** Every kind, right and wrong; each longer than what is checked inline. */
const CHECKS: readonly DefinitionCheck[] = [
  { kind: 'body', text: JSON.stringify({ definition: JSON.parse(flowOf([subFlow], LONG)) as unknown }) },
  { kind: 'body', text: JSON.stringify({ definition_yaml: `name: a\n# ${LONG}\nnodes: [{id: 1}]\n` }) },
  { kind: 'body', text: JSON.stringify({ definition_yaml: `name: a\n# ${LONG}\nnodes: [` }) },
  {
    kind: 'body',
    text: JSON.stringify({
      definition_yaml: `apiVersion: v1.0\nname: a\n# ${LONG}\ncanvasMetadata: {__proto__: {b: 1e400}}\nnodes: [{id: s, type: sequence, steps: []}]\n`,
    }),
  },
  { kind: 'body', text: `{"definition":{"nodes":[],"weight":1e400,"__proto__":1},"filling":"${LONG}"}` },
  { kind: 'draft-structure', text: flowOf([subFlow], LONG) },
  { kind: 'draft-structure', text: flowOf([{ id: 'b' }], LONG) },
  { kind: 'draft-structure', text: flowOf([subFlow], 'x'.repeat(RULES.maxDefinitionBytes)) },
  { kind: 'version-references', text: flowOf([subFlow], LONG) },
  { kind: 'version-totals', text: flowOf([subFlow], LONG), known: [{ ...VERSION, nesting: 4, runs: 9 }] },
  { kind: 'draft-meaning', text: flowOf(faulty, LONG), known: [] },
  { kind: 'draft-meaning', text: flowOf([subFlow], LONG), known: [{ ...VERSION, nesting: 1, runs: 1 }] },
  { kind: 'draft-meaning', text: flowOf([subFlow], LONG), known: [{ ...VERSION, nesting: 99, runs: 99 }] },
  { kind: 'draft-meaning', text: flowOf([subFlow], LONG), known: [{ ...VERSION, nesting: 1, runs: 1000 }] },
];

const yamlBody = (yaml: string): string => JSON.stringify({ definition_yaml: yaml });
/** A few hundred characters that stand for `width` to the power of four numbers of 21 digits. */
function bombOf(width: number): string {
  const repeated = (text: string): string => Array.from({ length: width }, () => text).join(', ');
  const lists = Array.from({ length: 3 }, (_, level) => `a${level + 1}: &a${level + 1} [${repeated(`*a${level}`)}]`);
  return `apiVersion: v1.0\nname: a\nnodes: []\ncanvasMetadata:\n  a0: &a0 [${repeated('1e20')}]\n  ${lists.join('\n  ')}\n`;
}

/** A thousand tasks whose expressions take seconds to check. */
const SLOW: DefinitionCheck = {
  kind: 'draft-meaning',
  known: [],
  text: flowOf(
    Array.from({ length: 1000 }, (_, index) => ({
      id: `n${index}`,
      type: 'task',
      taskType: 'echo',
      input: { value: `\${{ ${Array.from({ length: 150 }, (_term, term) => `inputs.a${term}`).join(' + ')} }}` },
    })),
  ),
};

describe('definition checks', () => {
  test('a thread finds what the caller would find itself', async () => {
    const { check } = checkerOf();
    for (const asked of CHECKS) {
      expect(asked.text.length).toBeGreaterThan(INLINE_MAX_LENGTH);
      expect(await check(asked)).toEqual(checkDefinition(asked, RULES));
    }
    const verdicts = CHECKS.map(
      (asked) => (checkDefinition(asked, RULES) as { verdict?: { code: string } | null } | null)?.verdict?.code,
    );
    expect(new Set(verdicts)).toEqual(
      new Set([undefined, 'FLOW_DEFINITION_INVALID', 'INVALID_YAML', 'DEFINITION_TOO_LARGE']),
    );
  });
  test('small documents need no thread', async () => {
    const { check } = checkerOf({ file: new URL('data:text/javascript,throw 1') });
    expect(await check({ kind: 'draft-structure', text: flowOf([subFlow]) })).toEqual({
      verdict: null,
      references: [VERSION],
    });
  });
  test('a small document whose aliases multiply costs the loop nothing', async () => {
    const { check } = checkerOf();
    await check({ kind: 'body', text: yamlBody('name: a\n# *') });
    const busy = performance.eventLoopUtilization();
    const { verdict } = await check({ kind: 'body', text: yamlBody(bombOf(25)) });
    expect(verdict).toMatchObject({ status: 413, code: 'DEFINITION_TOO_LARGE' });
    const { active } = performance.eventLoopUtilization(busy);
    expect(active).toBeLessThan(50);
  });
  test('a long YAML text of a small draft is not read on the loop', async () => {
    const file = new URL('data:text/javascript,throw 1');
    const { check } = checkerOf({ file });
    const asked: DefinitionCheck = { kind: 'draft-structure', text: flowOf([{ id: 'b' }]), yaml: `# ${LONG}\nname: a` };
    await expect(check(asked)).rejects.toThrow();
  });
  test('one that takes too long is refused while the loop goes on, and the next one is checked', async () => {
    const { check } = checkerOf({ timeoutMs: 100 });
    let turns = 0;
    let over = false;
    const slow = check(SLOW).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    void slow.then(() => (over = true));
    while (!over) {
      await nextTurn();
      turns++;
    }
    expect(await slow).toMatchObject({
      problem: { status: 413, code: 'DEFINITION_TOO_LARGE', message: expect.stringContaining('100 ms') as string },
    });
    expect(turns).toBeGreaterThan(100);
    const asked: DefinitionCheck = { kind: 'version-references', text: flowOf([subFlow], LONG) };
    expect(await check(asked)).toEqual([VERSION]);
  });
  test('too many at once: 503 with Retry-After', async () => {
    const { check } = checkerOf({ timeoutMs: 60_000 });
    const all = Array.from({ length: 10 }, () => check(SLOW));
    const settled = Promise.allSettled(all);
    await expect(Promise.race(all)).rejects.toMatchObject({
      problem: { status: 503, code: 'OVERLOADED', retryAfterSeconds: 2 },
    });
    await checkers.pop()?.close();
    await settled;
  });
});
