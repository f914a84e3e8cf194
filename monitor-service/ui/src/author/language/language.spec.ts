import { parseFlowYaml } from '@flowplane/contracts/flow/yaml';
import { describe, expect, it } from 'vitest';
import { check } from './check.js';
import { hoverAt, proposalsAt } from './completions.js';
import { nodeAt } from './ranges.js';

const FLOW = `apiVersion: v1.0
name: Order # for people
inputs:
  amount: { type: number, default: 10 }
nodes:
  - id: call
    type: task
    taskType: http.request
    input: { url: 'https://shop.example/\${{ inputs.amount }}' }
    next: ask

  # Asks somebody.
  - { id: ask, type: approval, message: 'Go on?' }
canvasMetadata: {}
`;

/** The text without its bar, and where the bar stood. */
function atBar(text: string): [text: string, offset: number] {
  return [text.replace('|', ''), text.indexOf('|')];
}
const labels = (text: string): readonly string[] =>
  proposalsAt(...atBar(text))?.options.map(({ label }) => label) ?? [];

describe('findings', () => {
  it('of a right flow are none, and each node has its lines', () => {
    const { findings, definition, nodes } = check(FLOW);
    expect(findings).toEqual([]);
    expect(definition?.name).toBe('Order');
    expect(nodes.map(({ id }) => id)).toEqual(['call', 'ask']);
    const [call, ask] = nodes.map(({ from, to }) => FLOW.slice(from, to));
    expect(call).toMatch(/^id: call\n[^]*next: ask$/);
    expect(ask).toBe(`{ id: ask, type: approval, message: 'Go on?' }`);
    expect(nodeAt(nodes, FLOW.indexOf('url:'))?.id).toBe('call');
    expect(nodeAt(nodes, FLOW.indexOf('inputs:'))).toBeUndefined();
  });

  it.each([
    ['no YAML', 'name: [a', 1, 'error', 'INVALID_YAML', undefined],
    [
      'a member that is not there',
      FLOW.replace('next: ask', 'nxt: ask'),
      10,
      'error',
      'FLW-E000',
      'Did you mean "next"?',
    ],
    [
      'a node that is not there',
      FLOW.replace('next: ask', 'next: asks'),
      10,
      'error',
      'FLW-E003',
      'Did you mean "ask"?',
    ],
    ['a broken expression', FLOW.replace('inputs.amount', 'inputs.'), 9, 'error', 'FLW-E005', undefined],
    ['an unknown member of an input', FLOW.replace('{ url:', '{ urk: 1, url:'), 9, 'warning', 'FLW-W002', undefined],
    [
      'an input that is not declared',
      FLOW.replace('inputs.amount', 'inputs.amont'),
      9,
      'warning',
      'FLW-W006',
      undefined,
    ],
  ] as const)('tell of %s in its line', (_what, text, line, severity, code, hint) => {
    const [found] = check(text).findings;
    expect(found).toMatchObject({ line, severity, code, ...(hint === undefined ? {} : { hint }) });
    expect(text.slice(found?.from, found?.to)).not.toBe('');
    expect(found?.message).not.toMatch(/^\/|^\(root\)/);
  });

  it('of a thousand nodes take little more than it takes to parse them', () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => {
      const next = index === 999 ? '' : `\n    next: n${index + 1}`;
      return `  - id: n${index}\n    type: task\n    taskType: http.request\n    input: { url: 'http://x.example/\${{ inputs.a }}' }${next}`;
    });
    const text = `apiVersion: v1.0\nname: Long\ninputs: { a: { type: string } }\nnodes:\n${nodes.join('\n')}\n`;
    // Against what the parsing of it alone takes: other tests may be using the processors.
    const least = (run: (text: string) => unknown): number => {
      const times = [1, 2, 3].map(() => {
        const before = performance.now();
        run(text);
        return performance.now() - before;
      });
      return Math.min(...times);
    };
    expect(least(check)).toBeLessThan(4 * least(parseFlowYaml));
    const { findings, nodes: ranges } = check(text);
    expect([findings.length, ranges.length]).toEqual([0, 1000]);
  });
});

describe('proposals', () => {
  it.each([
    ['members of a flow', '|', 'triggers'],
    ['members that are not there yet', 'name: x\nna|', 'apiVersion'],
    ['members of a node of a type', FLOW.replace('    next: ask', '    ne|'), 'retryPolicy'],
    ['types of nodes', FLOW.replace('type: task', 'type: |'), 'approval'],
    ['task types', FLOW.replace('http.request', 'ht|'), 'http.request'],
    ['members of a task’s input', FLOW.replace('{ url:', '{ me|, url:'), 'method'],
    ['ids of nodes', FLOW.replace('next: ask', 'next: |'), 'ask'],
    ['ids in lists', `nodes:\n  - id: s\n    type: sequence\n    steps:\n      - |\n  - id: b\n    type: wait\n`, 'b'],
    ['inputs in expressions', FLOW.replace('inputs.amount', 'inputs.|'), 'amount'],
    ['members of a trigger', 'triggers:\n  - kind: cron\n    |\nnodes: []\n', 'schedule'],
  ] as const)('are %s', (_what, text, label) => {
    expect(labels(text)).toContain(label);
  });

  it('are not those that are there, and none in comments', () => {
    expect(labels(FLOW.replace('    next: ask', '    next: ask\n    |'))).not.toContain('taskType');
    expect(labels(FLOW.replace('# for people', '# for |'))).toEqual([]);
  });
});

describe('a hover', () => {
  const over = (word: string, text = FLOW) => hoverAt(text, text.indexOf(word) + 2);
  it('has a sentence for members and values', () => {
    expect(over('apiVersion')).toMatchObject({ title: 'apiVersion', text: expect.stringContaining('flow language') });
    expect(over('http.request')?.text).toMatch(/HTTP/i);
    expect(over('approval')?.text).toContain('approves or rejects');
    expect(over('default')?.text).toContain('start gives none');
    expect(over('taskType')).toMatchObject({ title: expect.stringContaining('taskType') });
    expect(over('taskType', FLOW.replace('next: ask', 'next: ask\n    retry'))).toBeDefined();
    expect(over('Order')).toBeUndefined();
  });
});
