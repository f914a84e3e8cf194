import type { FlowNode } from '@flowplane/contracts/flow';
import type { Call } from '@flowplane/runtime/api';
import { expect, test } from 'vitest';
import { RULES } from '../../../test/definition-rules.js';
import type { CommandReads } from '../../reads/command-reads.js';
import { checkDefinition, type DefinitionCheck } from './definition-checks.js';
import type { DefinitionChecker } from './definition-checker.js';
import { checkForPublish } from './publish-check.js';

const subFlow = (id: string, flowId: string, next?: string): FlowNode => ({
  ...{ id, type: 'sub-flow', flowId, flowVersion: '1' },
  ...(next === undefined ? {} : { next }),
});
const chain = (flowIds: readonly string[]): FlowNode[] =>
  flowIds.map((flowId, index) =>
    subFlow(`n${index}`, flowId, index + 1 < flowIds.length ? `n${index + 1}` : undefined),
  );
const textOf = (nodes: readonly FlowNode[]): string => JSON.stringify({ apiVersion: 'v1.0', name: 'x', nodes });

/** The messages that keep a flow with these sub-flows from being published, where `versions` are. */
async function messages(versions: Readonly<Record<string, readonly FlowNode[]>>, flowIds: readonly string[]) {
  const check = (asked: DefinitionCheck) => Promise.resolve(checkDefinition(asked, RULES));
  const versionOf: CommandReads['versionOf'] = (_call, flowId) => {
    const nodes = versions[flowId];
    return Promise.resolve(nodes === undefined ? undefined : textOf(nodes));
  };
  const context = {
    reads: { versionOf } as CommandReads,
    rules: RULES,
    checker: { check: check as DefinitionChecker['check'], close: () => Promise.resolve() },
  };
  const draft = { definition: textOf(chain(flowIds)), definitionYaml: null };
  const verdict = await checkForPublish(context, {} as Call, draft as Parameters<typeof checkForPublish>[2]);
  return (JSON.parse(verdict?.errors ?? '[]') as { readonly message: string }[]).map(({ message }) => message);
}

const WAIT: FlowNode = { id: 'w', type: 'wait', duration: 'PT0S' };

test('runs of sub-flows are counted over all levels', async () => {
  const ten = (flowId: string) => chain(Array.from({ length: 10 }, () => flowId));
  const versions = { leaf: [WAIT], ten: ten('leaf'), hundred: ten('ten'), thousand: ten('hundred') };
  expect(await messages(versions, ['hundred', 'hundred', 'ten'])).toEqual([]);
  expect(await messages(versions, ['thousand'])).toEqual([
    "Sub-flow 'thousand' version '1': one run could start 1111 runs of sub-flows, 1111 of them here; the limit is 1000.",
  ]);
});

test('a version that leads back to itself, since a flow was deleted and made again, nests without end', async () => {
  const versions = { a: chain(['b']), b: chain(['a']) };
  for (const flowId of ['a', 'b']) {
    expect(await messages(versions, [flowId])).toEqual([`Sub-flow '${flowId}' version '1': nesting depth exceeds 10.`]);
  }
});
